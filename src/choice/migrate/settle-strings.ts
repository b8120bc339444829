import { setTimeout as delay } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import { describeHolders, LOCK_CAP } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { restoredExpression } from '../derive/legacy-value.ts';

export interface SettleOptions {
  /** Rows looked at by a statement, at most. */
  readonly batchSize?: number;
  /** How long to try for rows that somebody holds, in milliseconds. */
  readonly lockCap?: number;
  /** Rows looked at so far, of all there are, in this pass. */
  readonly onRows: (done: number) => void;
}

/** Settles rows of one tenant whose column and archive differ. They are locked, and what they hold is to be read afresh. */
type Settle = (transaction: Sql, tenant: Tenant, ids: readonly string[]) => Promise<void>;

/** Rows per statement: at most, and to begin with. */
const BATCH_SIZE = 5_000;
const FIRST_BATCH_SIZE = 500;
/** How long rows are held, at best, in milliseconds: a writer may be waiting for one. */
const AIM = 40;
/** Between two passes over rows that somebody holds. */
const REST = 100;

/** Rows of `record` whose column holds another string than archive and key restore. */
export function differs(field: ChoiceField): RawBuilder<boolean> {
  return sql`record.${sql.id(field.legacyColumn)}::text IS DISTINCT FROM ${sql.raw(restoredExpression(field))}`;
}

/**
 * Has `settle` see to every row of a field whose column and archive differ, batch by batch, until a whole pass finds none. The
 * triggers keep what is settled so. Rows are locked before they are read, and one that somebody holds is come back to: it waits
 * for nobody, and nobody waits for long.
 * @returns how many rows it saw to.
 * @throws OperationError where rows stay held for `lockCap` milliseconds.
 */
export async function settleStrings(db: Sql, field: ChoiceField, settle: Settle, options: SettleOptions): Promise<number> {
  const cap = options.lockCap ?? LOCK_CAP;
  let deadline = performance.now() + cap;
  for (let settled = 0; ;) {
    const pass = await runPass(db, field, settle, options);
    settled += pass.settled;
    if (pass.differing === 0) return settled;
    if (pass.settled > 0) deadline = performance.now() + cap;
    else if (performance.now() > deadline)
      throw new OperationError(
        `Gave up after ${cap / 1000} s: somebody holds ${pass.differing} rows that have to be written; ${await describeHolders(db, [field.table])}. What is done so far stays; run the command again later`,
      );
    else await delay(REST);
  }
}

/** A pass that found nothing is the proof that nothing is left. */
async function runPass(db: Sql, field: ChoiceField, settle: Settle, options: SettleOptions) {
  const limit = options.batchSize ?? BATCH_SIZE;
  let [size, done, differing, settled] = [Math.min(FIRST_BATCH_SIZE, limit), 0, 0, 0];
  options.onRows(0);
  for (const tenant of await listTenants(db))
    for (let cursor: string | null = null, more = true; more;) {
      const reach = await look(db, field, tenant, cursor, size);
      more = reach.rows === size;
      if (reach.rows === 0) break;
      differing += reach.ids.length;
      done += reach.rows;
      const held = performance.now();
      if (reach.ids.length > 0) settled += await settleBatch(db, field, tenant, reach.ids, settle);
      const took = performance.now() - held;
      size = took > AIM ? Math.max(1, Math.floor(size / 2)) : Math.min(limit, size * 2);
      cursor = reach.last;
      options.onRows(done);
    }
  return { differing, settled };
}

/** The next rows by id, and which of them differ. */
async function look(db: Sql, field: ChoiceField, tenant: Tenant, cursor: string | null, size: number) {
  const { rows } = await sql<{ rows: number; last: string | null; ids: string[] }>`
    WITH reach AS MATERIALIZED (
      SELECT id, ${differs(field)} AS differs FROM ${sql.table(field.table)} AS record
      WHERE tenant_id = ${tenant.id} AND ${cursor === null ? sql`true` : sql`id > ${cursor}`} ORDER BY id LIMIT ${size}
    )
    SELECT count(*)::int AS rows, (SELECT id FROM reach ORDER BY id DESC LIMIT 1) AS last, coalesce(array_agg(id) FILTER (WHERE differs), '{}') AS ids
    FROM reach`.execute(db);
  return rows[0]!;
}

/** Two statements: the second one's snapshot sees whatever was written before the rows were locked. */
async function settleBatch(db: Sql, field: ChoiceField, tenant: Tenant, ids: readonly string[], settle: Settle): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM ${sql.table(field.table)} WHERE tenant_id = ${tenant.id} AND id = ANY (${ids}::uuid[])
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(transaction);
    if (rows.length > 0)
      await settle(
        transaction,
        tenant,
        rows.map((row) => row.id),
      );
    return rows.length;
  });
}
