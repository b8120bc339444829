import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';

/** Of names of exclusive work, those that somebody does at this moment, and the pid of the session that holds it. */
export async function findExclusiveHolders(db: Sql, names: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; pid: number }>`
    SELECT name, pid FROM unnest(${[...names]}::text[]) AS name
    JOIN pg_locks ON objid = (hashtext(name)::bigint & 4294967295)::oid
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
  return new Map(rows.map(({ name, pid }) => [name, pid]));
}
