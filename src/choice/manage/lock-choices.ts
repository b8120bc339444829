import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceType } from '../choice-field.ts';

/** How often to try for all of them at once. */
const ATTEMPTS = 20;

/**
 * Holds choices until the transaction ends, and waits for none of them while it holds another: who writes several records in one
 * statement holds their choices in any order, and the two would wait for each other. Where there is no such moment they are taken in the
 * order of their ids.
 */
export async function lockChoices(transaction: Sql, type: ChoiceType, tenantId: string, ids: readonly string[]): Promise<void> {
  const choices = sql`${sql.table(type.table)} WHERE tenant_id = ${tenantId}`;
  const lock = async (wanted: readonly string[], options = sql``) =>
    (
      await sql<{ id: string }>`SELECT id FROM ${choices} AND id = ANY (${[...wanted]}::uuid[]) ORDER BY id FOR UPDATE ${options}`.execute(
        transaction,
      )
    ).rows;
  const { rows: there } = await sql<{ id: string }>`SELECT id FROM ${choices} AND id = ANY (${[...ids]}::uuid[])`.execute(transaction);
  const wanted = there.map(({ id }) => id);

  await sql`SAVEPOINT lock_choices`.execute(transaction);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const held = new Set((await lock(wanted, sql`SKIP LOCKED`)).map(({ id }) => id));
    const missing = wanted.find((id) => !held.has(id));
    if (missing === undefined) break;
    await sql`ROLLBACK TO SAVEPOINT lock_choices`.execute(transaction);
    // Kept: then only the others have to be free at the same moment.
    await lock(attempt === ATTEMPTS ? wanted : [missing]);
  }
  await sql`RELEASE SAVEPOINT lock_choices`.execute(transaction);
}
