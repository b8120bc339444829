import type { UsageRecorder } from '../../evolution/usage/usage-recorder.ts';
import type { UseObserver } from './observe-use.ts';

/** Has the recorder count each operation of an API version. */
export function recordUsage(version: string, recorder: Pick<UsageRecorder, 'record'>): UseObserver {
  return ({ used, operationName, client, clientVersion, tenantId }) =>
    recorder.record({ version, operation: operationName ?? '', client, clientVersion, tenantId, used });
}
