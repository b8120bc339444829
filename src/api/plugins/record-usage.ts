import type { UsageRecorder } from '../../evolution/usage/usage-recorder.ts';
import type { UseObserver } from './observe-use.ts';

/** Has the recorder count each operation of an API version; `pinned`: that came by the version's own path. */
export function recordUsage(version: string, pinned: boolean, recorder: Pick<UsageRecorder, 'record'>): UseObserver {
  return ({ used, operationName, client, clientVersion, tenantId }) =>
    recorder.record({ version, pinned, operation: operationName ?? '', client, clientVersion, tenantId, used });
}
