import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';

/** Rows that one call deletes at most, of each table. */
const MOST_ROWS = 1_000;

/**
 * Deletes some of what is older than so many days: counts, shapes that nothing is counted of any more, and collectors; and keeps
 * since when counts are whole. Answers whether there is more. It waits for nobody but whoever does the same: what somebody holds
 * stays for another time.
 */
export async function pruneUsage(db: Sql, keepDays: number, most = MOST_ROWS): Promise<boolean> {
  const expiry = sql`now() - make_interval(days => ${keepDays})`;
  // What came in an hour came up to its end.
  const hourEnd = sql`hour + interval '1 hour'`;
  const statements = [
    sql`DELETE FROM usage_hour WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM usage_hour WHERE hour < ${expiry} - interval '1 hour' ORDER BY hour LIMIT ${most} FOR UPDATE SKIP LOCKED))
      RETURNING ${hourEnd} AS ended`,
    sql`DELETE FROM usage_shape WHERE id = ANY (ARRAY(
      SELECT id FROM usage_shape AS shape WHERE NOT EXISTS (SELECT FROM usage_hour WHERE shape_id = shape.id) LIMIT ${most} FOR UPDATE SKIP LOCKED))
      RETURNING NULL::timestamptz AS ended`,
    sql`DELETE FROM usage_collector_hour WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM usage_collector_hour WHERE hour < ${expiry} - interval '1 hour' LIMIT ${most} FOR UPDATE SKIP LOCKED))
      RETURNING ${hourEnd} AS ended`,
    sql`DELETE FROM usage_collector WHERE process_id = ANY (ARRAY(
      SELECT process_id FROM usage_collector WHERE seen_at < ${expiry} LIMIT ${most} FOR UPDATE SKIP LOCKED))
      RETURNING seen_at AS ended`,
  ];
  let more = false;
  for (const statement of statements) {
    const { rows } = await sql<{ deleted: number }>`
      WITH gone AS (${statement}),
      latest AS (SELECT count(*)::int AS deleted, max(ended) AS ended FROM gone),
      kept AS (
        UPDATE usage_retention SET kept_since = latest.ended FROM latest WHERE kept_since IS NULL AND latest.ended IS NOT NULL OR kept_since < latest.ended
      )
      SELECT deleted FROM latest`.execute(db);
    more ||= rows[0]!.deleted >= most;
  }
  return more;
}
