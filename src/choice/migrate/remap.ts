import { setTimeout as delay } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import { hasErrorCode, LOCK_NOT_AVAILABLE } from '../../database/error-code.ts';
import { type OpenTransaction, waitForOlderTransactions } from '../../database/older-transactions.ts';
import { describeHolders } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { filterByLegacy, fromRecords } from '../derive/legacy-filter.ts';
import { legacyExpression } from '../derive/legacy-value.ts';
import { resolveExpression } from '../derive/resolve.ts';
import type { ChoiceRules } from '../rules.ts';
import { countValue } from './count-value.ts';
import { retryConflicts, StaleResolutionError } from './retry-conflicts.ts';
import type { RunOptions } from './run.ts';

/** Values whose alias was moved to another choice, and the fields whose rows may carry them. */
export interface Remapping<Target extends RemapTarget> {
  readonly tenant: Tenant;
  readonly users: readonly ChoiceField[];
  readonly rules: ChoiceRules;
  readonly targets: readonly Target[];
}

export interface RemapTarget {
  readonly value: string;
  /** What the value is to resolve to. */
  readonly choiceId: string;
}

/** `openTransactionCap`: how long to wait for older transactions, and for rows that somebody holds, after refs were moved, in milliseconds. */
type RemapOptions = RunOptions & { readonly openTransactionCap?: number };

const BATCH_SIZE = 2_000;
const OPEN_TRANSACTION_CAP = 60_000;
/** Between two passes over rows that somebody holds, in milliseconds. */
const REST = 100;
/** How long a batch, whose rows writers may wait for, waits for any lock itself, in milliseconds. */
const LOCK_TIMEOUT = 100;

/**
 * Moves the refs of rows that carry the values, waits for whoever could not see the new alias yet, and moves what they wrote or
 * held. A row that somebody holds is passed over, and come back to. Returns how many rows of each target moved, or would in a dry run.
 * @throws OperationError where somebody outlives the wait, or holds rows for so long.
 */
export async function remapRefs<Target extends RemapTarget>(
  db: Sql,
  remapping: Remapping<Target>,
  options: RemapOptions,
): Promise<Map<Target, number>> {
  const { targets } = remapping;
  const remapped = new Map(targets.map((target) => [target, 0]));
  if (options.dryRun) for (const target of targets) remapped.set(target, await countElsewhere(db, remapping, target));
  if (options.dryRun || targets.length === 0) return remapped;

  const pass = async () => {
    for (const target of targets) remapped.set(target, await moveRefs(db, remapping, target, remapped.get(target)!, options));
  };
  await pass();
  const cap = options.openTransactionCap ?? OPEN_TRANSACTION_CAP;
  const deadline = performance.now() + cap;
  const open = await waitForOlderTransactions(db, cap);
  await pass();
  let left = await countLeft(db, remapping);
  for (; left.size > 0 && performance.now() < deadline; left = await countLeft(db, remapping)) {
    await delay(REST);
    await pass();
  }
  if (open.length > 0 || left.size > 0) throw await describeUnmoved(db, open, left);
  return remapped;
}

async function countElsewhere(db: Sql, { tenant, users, rules }: Remapping<RemapTarget>, target: RemapTarget): Promise<number> {
  let count = 0;
  for (const user of users)
    count += await countValue(db, user, tenant, rules, target.value, sql`record.${sql.id(user.refColumn)} <> ${target.choiceId}`);
  return count;
}

/** Tables whose rows are not all moved, and how many rows that are. */
async function countLeft(db: Sql, { tenant, users, rules, targets }: Remapping<RemapTarget>): Promise<Map<string, number>> {
  const left = new Map<string, number>();
  for (const field of users)
    for (const { value } of targets) {
      const elsewhere = sql`record.${sql.id(field.refColumn)} <> ${wantedRef(field, tenant, value)}`;
      const count = await countValue(db, field, tenant, rules, value, elsewhere);
      if (count > 0) left.set(field.table, (left.get(field.table) ?? 0) + count);
    }
  return left;
}

async function describeUnmoved(db: Sql, open: readonly OpenTransaction[], left: ReadonlyMap<string, number>): Promise<OperationError> {
  const rows = [...left.values()].reduce((sum, count) => sum + count, 0);
  const older = open.map(({ pid, application }) => `pid ${pid} (${application})`).join(', ');
  const reasons = [
    ...(open.length > 0 ? [`${older} has had a transaction open since before, and may still write a row with the old choice`] : []),
    ...(rows > 0 ? [`somebody holds ${rows} rows whose refs have to move: ${await describeHolders(db, [...left.keys()])}`] : []),
  ];
  return new OperationError(
    `The values are mapped${rows > 0 ? '' : ' and their refs moved'}, but ${reasons.join('; ')}. End that, then run the same command again`,
  );
}

/** In batches, rows locked first; a run that was cut off is finished by the same command. `moved`: how many rows were moved before. */
async function moveRefs(
  db: Sql,
  { tenant, users, rules }: Remapping<RemapTarget>,
  { value }: RemapTarget,
  moved: number,
  options: RunOptions,
): Promise<number> {
  let done = moved;
  for (const field of users) {
    for (let locked = BATCH_SIZE; locked > 0;) {
      const batch = await retryConflicts(() =>
        db.transaction().execute((transaction) => moveBatch(transaction, field, tenant, rules, value)),
      ).catch(passOverLocked);
      locked = batch.locked;
      done += batch.moved;
      options.onProgress({ step: 'remap', field: field.coordinate, tenant: tenant.slug, done });
    }
  }
  return done;
}

/** What one batch did: rows that were to move when they were locked, and those that still were then. */
interface Batch {
  readonly locked: number;
  readonly moved: number;
}

/** Somebody holds a choice or a table: what is left is come back to. */
function passOverLocked(error: unknown): Batch {
  if (!hasErrorCode(error, LOCK_NOT_AVAILABLE)) throw error;
  return { locked: 0, moved: 0 };
}

/** To what the value resolves to now: the choice may have been merged, or the value remapped, meanwhile. */
function wantedRef(field: ChoiceField, tenant: Tenant, value: string): RawBuilder<unknown> {
  return sql`(
    SELECT ${sql.raw(resolveExpression(field.type, 'wanted.tenant_id', 'wanted.value'))}
    FROM (SELECT ${tenant.id}::uuid AS tenant_id, ${value}::text AS value) AS wanted
  )`;
}

/**
 * What a row carries is looked at again once it is locked, in a statement of its own: what is not in the row would be seen as it was
 * before.
 */
async function moveBatch(transaction: Sql, field: ChoiceField, tenant: Tenant, rules: ChoiceRules, value: string): Promise<Batch> {
  const storage = rules.storage(field);
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const target = wantedRef(field, tenant, value);
  const carrying = filterByLegacy(field, tenant.id, storage, value);
  await sql`SELECT set_config('lock_timeout', ${`${LOCK_TIMEOUT}ms`}, true)`.execute(transaction);
  const { rows: locked } = await sql<{ id: string }>`
    SELECT record.id FROM ${fromRecords(field.table, [carrying]).from}
    WHERE record.tenant_id = ${tenant.id} AND ${carrying.condition} AND record.${ref} <> ${target}
    ORDER BY record.id LIMIT ${BATCH_SIZE} FOR NO KEY UPDATE OF record SKIP LOCKED`.execute(transaction);
  if (locked.length === 0) return { locked: 0, moved: 0 };

  const carries = sql`(${sql.raw(legacyExpression(field, storage))}) COLLATE "C" = ${value}`;
  const { rows: moved } = await sql<{ id: string }>`
    UPDATE ${table} AS record SET ${ref} = ${target}
    WHERE record.tenant_id = ${tenant.id} AND record.id = ANY (${locked.map((row) => row.id)}::uuid[]) AND ${carries} AND record.${ref} <> ${target}
    RETURNING record.id`.execute(transaction);
  const { rows: rewritten } = await sql`
    SELECT FROM ${table} AS record
    WHERE record.tenant_id = ${tenant.id} AND record.id = ANY (${moved.map((row) => row.id)}::uuid[]) AND (${carries}) IS NOT TRUE
    LIMIT 1`.execute(transaction);
  if (rewritten.length > 0) throw new StaleResolutionError(`${field.coordinate}: an alias of ${tenant.slug} changed while its refs moved`);
  return { locked: locked.length, moved: moved.length };
}
