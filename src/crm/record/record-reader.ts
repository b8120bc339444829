import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { ChoiceRules } from '../../choice/rules.ts';
import { isUuid } from '../../choice/uuid.ts';
import type { Read } from '../../database/read.ts';
import type { RecordDefinition } from './record-definition.ts';
import { type SelectedRow, selectMembers } from './select-record.ts';

/** Finds records of one tenant by id, in batches: one statement per kind and set of members that are wanted of it. */
export interface RecordReader {
  readById(record: RecordDefinition, id: string, members: ReadonlySet<string>): Promise<SelectedRow | null>;
  /** Forgets what was loaded. */
  clear(): void;
}

type RecordLoader = DataLoader<string, SelectedRow | null>;

export function createRecordReader(read: Read, tenantId: string, rules: ChoiceRules): RecordReader {
  const loaders = new Map<RecordDefinition, Map<ReadonlySet<string>, RecordLoader>>();
  const findLoader = (record: RecordDefinition, members: ReadonlySet<string>) => {
    const ofRecord = loaders.get(record) ?? new Map<ReadonlySet<string>, RecordLoader>();
    loaders.set(record, ofRecord);
    const loader =
      ofRecord.get(members) ?? new DataLoader((ids: readonly string[]) => loadRecords(read, tenantId, rules, record, members, ids));
    ofRecord.set(members, loader);
    return loader;
  };
  return {
    readById: async (record, id, members) => (isUuid(id) ? findLoader(record, members).load(id.toLowerCase()) : null),
    clear: () => loaders.clear(),
  };
}

async function loadRecords(
  read: Read,
  tenantId: string,
  rules: ChoiceRules,
  record: RecordDefinition,
  members: ReadonlySet<string>,
  ids: readonly string[],
): Promise<(SelectedRow | null)[]> {
  const selected = selectMembers(record, tenantId, rules, members);
  const rows = await read(sql<SelectedRow>`
    SELECT ${selected} FROM ${sql.table(record.table)} AS record WHERE record.tenant_id = ${tenantId} AND record.id = ANY (${[...ids]}::uuid[])`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
