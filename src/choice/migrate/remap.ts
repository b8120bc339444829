import { sql } from 'kysely';
import { waitForOlderTransactions } from '../../database/older-transactions.ts';
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

/** `openTransactionCap`: how long to wait for older transactions after refs were moved, in milliseconds. */
type RemapOptions = RunOptions & { readonly openTransactionCap?: number };

const BATCH_SIZE = 2_000;
const OPEN_TRANSACTION_CAP = 60_000;

/**
 * Moves the refs of rows that carry the values, waits for whoever could not see the new alias yet, and moves what they wrote.
 * Returns how many rows of each target moved, or would in a dry run.
 * @throws OperationError where somebody outlives the wait.
 */
export async function remapRefs<Target extends RemapTarget>(
  db: Sql,
  remapping: Remapping<Target>,
  options: RemapOptions,
): Promise<Map<Target, number>> {
  const { targets } = remapping;
  const remapped = new Map<Target, number>();
  for (const target of targets)
    remapped.set(target, options.dryRun ? await countElsewhere(db, remapping, target) : await moveRefs(db, remapping, target, options));
  if (options.dryRun || targets.length === 0) return remapped;

  const open = await waitForOlderTransactions(db, options.openTransactionCap ?? OPEN_TRANSACTION_CAP);
  for (const target of targets) remapped.set(target, remapped.get(target)! + (await moveRefs(db, remapping, target, options)));
  if (open.length > 0)
    throw new OperationError(
      `The values are mapped and their refs moved, but ${open.map(({ pid, application }) => `pid ${pid} (${application})`).join(', ')} has had a transaction open ` +
        `since before, and may still write a row with the old choice. End it, then run the same command again`,
    );
  return remapped;
}

async function countElsewhere(db: Sql, { tenant, users, rules }: Remapping<RemapTarget>, target: RemapTarget): Promise<number> {
  let count = 0;
  for (const user of users)
    count += await countValue(db, user, tenant, rules, target.value, sql`record.${sql.id(user.refColumn)} <> ${target.choiceId}`);
  return count;
}

/** In batches, rows locked first; a run that was cut off is finished by the same command. */
async function moveRefs(
  db: Sql,
  { tenant, users, rules }: Remapping<RemapTarget>,
  { value }: RemapTarget,
  options: RunOptions,
): Promise<number> {
  let moved = 0;
  for (const field of users) {
    for (let found = BATCH_SIZE; found > 0;) {
      const batch = await retryConflicts(() =>
        db.transaction().execute((transaction) => moveBatch(transaction, field, tenant, rules, value)),
      );
      found = batch.found;
      moved += batch.moved;
      options.onProgress({ step: 'remap', field: field.coordinate, tenant: tenant.slug, done: moved });
    }
  }
  return moved;
}

/** What one batch did: rows that were to move when they were looked for, and those that still were once they were locked. */
interface Batch {
  readonly found: number;
  readonly moved: number;
}

/**
 * To what the value resolves to now: the target itself may have been merged or remapped meanwhile. What a row carries is looked
 * at again once it is locked, in a statement of its own: what is not in the row would be seen as it was before.
 */
async function moveBatch(transaction: Sql, field: ChoiceField, tenant: Tenant, rules: ChoiceRules, value: string): Promise<Batch> {
  const storage = rules.storage(field);
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const target = sql`(
    SELECT ${sql.raw(resolveExpression(field.type, 'wanted.tenant_id', 'wanted.value'))}
    FROM (SELECT ${tenant.id}::uuid AS tenant_id, ${value}::text AS value) AS wanted
  )`;
  const carrying = filterByLegacy(field, tenant.id, storage, value);
  const { rows: locked } = await sql<{ id: string }>`
    SELECT record.id FROM ${fromRecords(field.table, [carrying]).from}
    WHERE record.tenant_id = ${tenant.id} AND ${carrying.condition} AND record.${ref} <> ${target}
    ORDER BY record.id LIMIT ${BATCH_SIZE} FOR NO KEY UPDATE OF record`.execute(transaction);
  if (locked.length === 0) return { found: 0, moved: 0 };

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
  return { found: locked.length, moved: moved.length };
}
