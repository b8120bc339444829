import type { OperationUse } from '../../../src/evolution/usage/usage-buffer.ts';
import type { UsageRecorder } from '../../../src/evolution/usage/usage-recorder.ts';

export interface ToyUsage extends Pick<UsageRecorder, 'record' | 'recordLost' | 'tellsDeprecations' | 'findDocument'> {
  readonly uses: OperationUse[];
  /** How many operations it was told are lost. */
  countLost(): number;
  /** Ids of documents that were looked for. */
  readonly sought: string[];
}

/** A recorder that keeps what it is given, with documents by id, and clients that are not told what is deprecated. */
export function createToyUsage(documents: Readonly<Record<string, string>> = {}, untold: readonly string[] = []): ToyUsage {
  const uses: OperationUse[] = [];
  const sought: string[] = [];
  let lost = 0;
  return {
    uses,
    sought,
    countLost: () => lost,
    record: (use) => void uses.push(use),
    recordLost: () => void (lost += 1),
    tellsDeprecations: (client) => !untold.includes(client),
    findDocument: async (documentId) => {
      sought.push(documentId);
      const [, digest] = /^(?:sha256:)?([0-9a-f]{64})$/.exec(documentId) ?? [];
      const body = documents[documentId] ?? (digest && (documents[digest] ?? documents[`sha256:${digest}`]));
      return body ? { kind: 'found', body } : { kind: 'unknown', registersHashes: Object.keys(documents).some((id) => id.length >= 64) };
    },
  };
}
