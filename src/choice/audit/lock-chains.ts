import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';

/**
 * Holds the chains of changes of tenants until the transaction ends. Whoever is to change choices or aliases does so first, before any
 * of their rows; whoever changes phases, once it holds the states. So two writers take turns and never wait for each other in a circle.
 */
export async function lockChains(transaction: Sql, tenantIds: readonly string[]): Promise<void> {
  await sql`
    SELECT lock_choice_chain(id) FROM (SELECT id FROM unnest(${[...tenantIds]}::uuid[]) AS id ORDER BY id OFFSET 0) AS ordered`.execute(
    transaction,
  );
}
