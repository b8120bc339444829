import type { OperationUse } from '../../../src/evolution/usage/usage-buffer.ts';
import type { UsageRecorder } from '../../../src/evolution/usage/usage-recorder.ts';

export interface ToyUsage extends Pick<UsageRecorder, 'record' | 'tellsDeprecations' | 'findDocument'> {
  readonly uses: OperationUse[];
  /** Ids of documents that were looked for. */
  readonly sought: string[];
}

/** A recorder that keeps what it is given, with documents by id, and clients that are not told what is deprecated. */
export function createToyUsage(documents: Readonly<Record<string, string>> = {}, untold: readonly string[] = []): ToyUsage {
  const uses: OperationUse[] = [];
  const sought: string[] = [];
  return {
    uses,
    sought,
    record: (use) => void uses.push(use),
    tellsDeprecations: (client) => !untold.includes(client),
    findDocument: async (documentId) => {
      sought.push(documentId);
      return documents[documentId];
    },
  };
}
