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

/** The latest changes, newest first; `before`: only entries with lower numbers. */
export function readHistory(
  read: Read,
  scope: HistoryScope,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<RecordedChange[]> {
  return read(sql<RecordedChange>`
    SELECT ${RECORDED} FROM choice_change
    WHERE ${isIn(scope)} ${before === undefined ? sql`` : sql`AND sequence < ${before}`}
    ORDER BY tenant_id DESC, sequence DESC LIMIT ${limit}`);
}

/** The change of this number, if it is one of the scope. */
export async function findChange(read: Read, scope: HistoryScope, sequence: string): Promise<RecordedChange | undefined> {
  if (!isSequence(sequence)) return undefined;
  const [change] = await read(sql<RecordedChange>`SELECT ${RECORDED} FROM choice_change WHERE ${isIn(scope)} AND sequence = ${sequence}`);
  return change;
}

/** Whether a text is the number of an entry as the API writes it: a chain's entries count from 1. */
function isSequence(text: string): boolean {
  return /^[1-9]\d{0,17}$/.test(text);
}

export async function countHistory(read: Read, scope: HistoryScope): Promise<number> {
  const [row] = await read(sql<{ count: number }>`SELECT count(*)::int AS count FROM choice_change WHERE ${isIn(scope)}`);
  return row!.count;
}

function isIn({ registry, tenantId, type, choiceId }: HistoryScope): RawBuilder<boolean> {
  if (choiceId === undefined) {
    const names = [type.table, ...registry.fieldsOfType(type).map((field) => field.coordinate)];
    return sql`tenant_id = ${tenantId} AND type = ANY (${names}::text[])`;
  }
  if (!isUuid(choiceId)) return sql`false`;
  const id = choiceId.toLowerCase();
  return sql`
    tenant_id = ${tenantId} AND type = ${type.table} AND (
      (kind = 'choice' AND object = ${id}) OR (kind = 'alias' AND ${id} IN (before ->> 'choice_id', after ->> 'choice_id'))
    )`;
}
