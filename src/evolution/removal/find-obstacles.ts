import type { RegisteredUse } from '../usage/registered-use.ts';
import type { MemberUse, RemovalKeys } from './verdict.ts';

/** What of the use by clients keeps a member: all of it, unless what is pinned to a version is left there. */
export function findObstacles({ uses, registered, leavePinned }: Omit<RemovalKeys['clients'], 'ok' | 'othersUsing'>): {
  readonly uses: readonly MemberUse[];
  readonly registered: readonly RegisteredUse[];
} {
  if (!leavePinned) return { uses, registered };
  return { uses: uses.filter(({ pinned }) => !pinned), registered: registered.filter((document) => !isPinned(document, uses)) };
}

/** Whether the client was seen to execute the operation, and only on the path of a version. */
function isPinned({ client, clientVersion, operation }: RegisteredUse, uses: readonly MemberUse[]): boolean {
  const executed = uses.filter(
    (use) =>
      operation !== '' &&
      use.client === client &&
      use.operation === operation &&
      // A manifest without a version is that of all versions.
      (clientVersion === '' || use.clientVersion === clientVersion),
  );
  return executed.length > 0 && executed.every(({ pinned }) => pinned);
}
