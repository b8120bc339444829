import type { RegisteredUse } from '../usage/registered-use.ts';
import { describeClient } from './describe-client.ts';
import type { EvidenceReason } from './verdict.ts';

/** Documents that a sentence tells of. */
const MOST_NAMES = 3;

/** Why it is not known whether a client uses a member, by the documents that it registered. */
export function describePossibleUse(uses: readonly RegisteredUse[]): EvidenceReason {
  const names = uses.map(
    ({ operation, documentId }) => `${operation || 'an anonymous operation'} (document ${JSON.stringify(documentId)})`,
  );
  const rest = names.length - MOST_NAMES;
  const documents = `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return {
    code: 'REGISTERED_VARIABLES',
    message: `${describeClient(uses[0]!)} registered ${documents}, whose variables may use it, and was not seen to send any there but what the documents name themselves. Have it execute them in the window, under a name that no other of its operations has, or take them back`,
  };
}
