import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { UsageError } from '../../errors.ts';

/** How fast backfills go, and what makes them hold. It is one for the database: whoever works reads it before every batch. */
export interface Pace {
  /** Rows per transaction, at most. A batch is smaller where so many rows would take too long. */
  readonly batchSize: number;
  /** Rows per second, all workers together; null: as fast as it goes. */
  readonly rowsPerSecond: number | null;
  /** Backfills hold while a session that uses the tables has waited for a lock for longer, in milliseconds. */
  readonly maxLockWaitMs: number;
  /** … while a standby is further behind, in bytes of WAL. */
  readonly maxReplicationLagBytes: number;
  /** … while a write of the API's, or a commit, takes longer, in milliseconds. */
  readonly maxWriteMs: number;
}

/** The most that each figure may be; the least is 1. */
export const PACE_LIMITS = {
  batchSize: 100_000,
  rowsPerSecond: 2_147_483_647,
  maxLockWaitMs: 3_600_000,
  maxReplicationLagBytes: Number.MAX_SAFE_INTEGER,
  maxWriteMs: 3_600_000,
} as const satisfies Record<keyof Pace, number>;

const COLUMNS = {
  batchSize: 'batch_size',
  rowsPerSecond: 'rows_per_second',
  maxLockWaitMs: 'max_lock_wait_ms',
  maxReplicationLagBytes: 'max_replication_lag_bytes',
  maxWriteMs: 'max_write_ms',
} as const satisfies Record<keyof Pace, string>;

const NAMES = Object.keys(COLUMNS) as (keyof Pace)[];

export async function readPace(db: Sql): Promise<Pace> {
  const { rows } = await sql<Pace>`SELECT ${selectPace()} FROM choice_pace`.execute(db);
  return toPace(rows[0]!);
}

/**
 * Sets what is given and leaves the rest as it is; `rowsPerSecond: null` takes the limit away. Answers the pace that holds then,
 * or would hold. Workers follow it from their next batch on.
 * @throws UsageError for a figure that is out of its limits.
 */
export async function setPace(db: Sql, changes: Partial<Pace>, options: { readonly dryRun: boolean }): Promise<Pace> {
  const given = NAMES.filter((name) => changes[name] !== undefined);
  for (const name of given) assertWithinLimits(name, changes[name]!);
  if (given.length === 0 || options.dryRun) return { ...(await readPace(db)), ...pick(changes, given) };
  const assignments = given.map((name) => sql`${sql.id(COLUMNS[name])} = ${changes[name]}`);
  const { rows } = await sql<Pace>`UPDATE choice_pace SET ${sql.join(assignments)} RETURNING ${selectPace()}`.execute(db);
  return toPace(rows[0]!);
}

function selectPace(): RawBuilder<unknown> {
  return sql.join(NAMES.map((name) => sql`${sql.id(COLUMNS[name])} AS ${sql.id(name)}`));
}

/** A bigint arrives as text. */
function toPace(row: Pace): Pace {
  return { ...row, maxReplicationLagBytes: Number(row.maxReplicationLagBytes) };
}

function pick(changes: Partial<Pace>, names: readonly (keyof Pace)[]): Partial<Pace> {
  return Object.fromEntries(names.map((name) => [name, changes[name]]));
}

function assertWithinLimits(name: keyof Pace, value: number | null): void {
  if (value === null && name === 'rowsPerSecond') return;
  if (value !== null && Number.isInteger(value) && value >= 1 && value <= PACE_LIMITS[name]) return;
  throw new UsageError(`${name}: expected a whole number from 1 to ${PACE_LIMITS[name]}, got ${value}`);
}
