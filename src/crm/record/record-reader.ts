import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { ChoiceRules } from '../../choice/rules.ts';
import { isUuid } from '../../choice/uuid.ts';
import type { Read } from '../../database/read.ts';
import type { RecordDefinition, RecordRow } from './record-definition.ts';
import { selectRecord } from './record-page.ts';

/** Finds records of one tenant by id, in batches: one statement per kind. */
export interface RecordReader {
  readById(record: RecordDefinition, id: string): Promise<RecordRow | null>;
  /** Forgets what was loaded. */
  clear(): void;
}

export function createRecordReader(read: Read, tenantId: string, rules: ChoiceRules): RecordReader {
  const loaders = new Map<RecordDefinition, DataLoader<string, RecordRow | null>>();
  return {
    async readById(record, id) {
      if (!isUuid(id)) return null;
      const loader = loaders.get(record) ?? new DataLoader((ids: readonly string[]) => loadRecords(read, tenantId, rules, record, ids));
      loaders.set(record, loader);
      return loader.load(id.toLowerCase());
    },
    clear: () => loaders.clear(),
  };
}

async function loadRecords(
  read: Read,
  tenantId: string,
  rules: ChoiceRules,
  record: RecordDefinition,
  ids: readonly string[],
): Promise<(RecordRow | null)[]> {
  const rows = await read(sql<RecordRow>`
    SELECT ${selectRecord(record, rules)} FROM ${sql.table(record.table)} AS record WHERE record.tenant_id = ${tenantId} AND record.id = ANY (${[...ids]}::uuid[])`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
