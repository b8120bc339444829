import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';

/** Rows that one call deletes at most, of each table. */
const MOST_ROWS = 1_000;

/**
 * Deletes some of what is older than so many days: counts, shapes that nothing is counted of any more, and collectors. Answers
 * whether there is more. It waits for nobody: what somebody holds stays for another time.
 */
export async function pruneUsage(db: Sql, keepDays: number, most = MOST_ROWS): Promise<boolean> {
  const expiry = sql`now() - make_interval(days => ${keepDays})`;
  const statements = [
    sql`DELETE FROM usage_hour WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM usage_hour WHERE hour < ${expiry} ORDER BY hour LIMIT ${most} FOR UPDATE SKIP LOCKED))`,
    sql`DELETE FROM usage_shape WHERE id = ANY (ARRAY(
      SELECT id FROM usage_shape AS shape WHERE NOT EXISTS (SELECT FROM usage_hour WHERE shape_id = shape.id) LIMIT ${most} FOR UPDATE SKIP LOCKED))`,
    sql`DELETE FROM usage_collector_hour WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM usage_collector_hour WHERE hour < ${expiry} LIMIT ${most} FOR UPDATE SKIP LOCKED))`,
    sql`DELETE FROM usage_collector WHERE process_id = ANY (ARRAY(
      SELECT process_id FROM usage_collector WHERE seen_at < ${expiry} LIMIT ${most} FOR UPDATE SKIP LOCKED))`,
  ];
  let more = false;
  for (const statement of statements) {
    const { numAffectedRows = 0n } = await statement.execute(db);
    more ||= numAffectedRows >= BigInt(most);
  }
  return more;
}
