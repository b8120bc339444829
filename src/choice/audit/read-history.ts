import { type RawBuilder, sql } from 'kysely';
import type { Read } from '../../database/read.ts';
import type { ChoiceType } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { isUuid } from '../uuid.ts';

/** An entry of a tenant's chain, as it is kept. */
export interface RecordedChange {
  /** The entry's number in the tenant's chain. */
  readonly sequence: string;
  readonly changedAt: string;
  readonly actor: string;
  readonly operation: string | null;
  readonly requestId: string | null;
  readonly group: string;
  readonly reason: string | null;
  readonly kind: string;
  readonly type: string;
  readonly object: string;
  readonly action: string;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly records: number | null;
}

type Row = Readonly<Record<string, unknown>>;

const RECORDED = sql`
  sequence, to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "changedAt", actor, operation, request_id AS "requestId",
  group_id AS "group", reason, kind, type, object, action, before, after, records::float8 AS records`;

/** Changes of a type's choices and aliases, and of its fields' phases and acceptances; of one choice: its own and those of its aliases. */
export interface HistoryScope {
  readonly registry: ChoiceRegistry;
  readonly tenantId: string;
  readonly type: ChoiceType;
  readonly choiceId: string | undefined;
}

/** The latest changes, newest first; `before`: only entries with lower numbers. It reads no more of each part than the limit. */
export async function readHistory(
  read: Read,
  scope: HistoryScope,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<RecordedChange[]> {
  const latest = listParts(scope).map(
    (part) => sql`(
      SELECT * FROM choice_change WHERE ${part} ${before === undefined ? sql`` : sql`AND sequence < ${before}`}
      ORDER BY sequence DESC LIMIT ${limit}
    )`,
  );
  if (latest.length === 0) return [];
  return read(sql<RecordedChange>`
    SELECT ${RECORDED} FROM (${sql.join(latest, sql` UNION ALL `)}) AS latest ORDER BY latest.sequence DESC LIMIT ${limit}`);
}

/** The change of this number, if it is one of the scope. */
export async function findChange(read: Read, scope: HistoryScope, sequence: string): Promise<RecordedChange | undefined> {
  const parts = listParts(scope);
  if (!isSequence(sequence) || parts.length === 0) return undefined;
  const [change] = await read(sql<RecordedChange>`
    SELECT ${RECORDED} FROM choice_change
    WHERE tenant_id = ${scope.tenantId} AND sequence = ${sequence} AND (${sql.join(parts, sql` OR `)})`);
  return change;
}

/** Whether a text is the number of an entry as the API writes it: a chain's entries count from 1. */
function isSequence(text: string): boolean {
  return /^[1-9]\d{0,17}$/.test(text);
}

export async function countHistory(read: Read, scope: HistoryScope): Promise<number> {
  const parts = listParts(scope);
  if (parts.length === 0) return 0;
  const counts = parts.map((part) => sql`(SELECT count(*) FROM choice_change WHERE ${part})`);
  const [row] = await read(sql<{ count: number }>`SELECT (${sql.join(counts, sql` + `)})::int AS count`);
  return row!.count;
}

/** What makes up the scope. No entry is in two of its parts, and an index has each by `sequence`. */
function listParts({ registry, tenantId, type, choiceId }: HistoryScope): RawBuilder<boolean>[] {
  if (choiceId === undefined) {
    const names = [type.table, ...registry.fieldsOfType(type).map((field) => field.coordinate)];
    return names.map((name) => sql`(tenant_id = ${tenantId} AND type = ${name})`);
  }
  if (!isUuid(choiceId)) return [];
  return ['choice_id', 'former_choice_id'].map(
    (column) => sql`(tenant_id = ${tenantId} AND ${sql.id(column)} = ${choiceId} AND type = ${type.table})`,
  );
}
