import { sql } from 'kysely';
import { qualify } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { isLive } from '../process-session.ts';
import type { Pace } from './pace.ts';

/** What a backfill can make worse for others. null: there is none, or this role may not see it. */
export interface Strain {
  /** How long a session that uses the engine's tables has waited for a lock, in milliseconds. */
  readonly lockWaitMs: number | null;
  /** How far the standby furthest behind is, in bytes of WAL. */
  readonly replicationLagBytes: number | null;
  /** How long the slowest twentieth of the API's latest writes took, in milliseconds. */
  readonly writeMs: number | null;
  /** How long a commit of our own took that waited for the disk, in milliseconds. */
  readonly commitMs: number;
}

/** Measures what others feel, the worst of each. It writes one empty message to the WAL, and nothing to any table. */
export async function measureStrain(db: Sql, registry: ChoiceRegistry): Promise<Strain> {
  const tables = [...new Set(registry.fields.flatMap((field) => [field.table, field.type.table, field.type.aliasTable]))];
  const { rows } = await sql<Omit<Strain, 'commitMs'>>`
    WITH held AS MATERIALIZED (
      SELECT * FROM pg_locks WHERE pid <> pg_backend_pid()
    ),
    used AS (
      SELECT DISTINCT pid FROM held
      WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation = ANY (ARRAY(SELECT to_regclass(name) FROM unnest(${tables.map(qualify)}::text[]) AS name))
    )
    SELECT
      (
        SELECT max(extract(epoch FROM clock_timestamp() - waitstart))::float8 * 1000 FROM held JOIN used USING (pid)
        WHERE NOT granted AND locktype IN ('relation', 'tuple', 'transactionid')
      ) AS "lockWaitMs",
      (
        SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn, write_lsn)))::float8 FROM pg_stat_replication
      ) AS "replicationLagBytes",
      (
        SELECT max(write_ms)::float8 FROM choice_process AS process
        WHERE kind = 'server' AND ${isLive}
      ) AS "writeMs"`.execute(db);
  const start = performance.now();
  await sql`SELECT pg_logical_emit_message(true, 'dynamic-choices', '')`.execute(db);
  return { ...rows[0]!, commitMs: performance.now() - start };
}

/** Why a backfill has to hold, in a few words; undefined where it need not. */
export function findStrain(strain: Strain, pace: Pace): string | undefined {
  const { lockWaitMs, replicationLagBytes, writeMs, commitMs } = strain;
  if (isPast(lockWaitMs, pace.maxLockWaitMs))
    return `a session has waited ${Math.round(lockWaitMs)} ms for a lock (bound: ${pace.maxLockWaitMs})`;
  if (isPast(replicationLagBytes, pace.maxReplicationLagBytes))
    return `a standby is ${replicationLagBytes} bytes behind (bound: ${pace.maxReplicationLagBytes})`;
  if (isPast(writeMs, pace.maxWriteMs)) return `writes of the API take ${Math.round(writeMs)} ms (bound: ${pace.maxWriteMs})`;
  if (isPast(commitMs, pace.maxWriteMs)) return `a commit took ${Math.round(commitMs)} ms (bound: ${pace.maxWriteMs})`;
  return undefined;
}

function isPast(figure: number | null, bound: number): figure is number {
  return figure !== null && figure > bound;
}
