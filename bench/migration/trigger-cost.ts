import { sql } from 'kysely';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { measure, median } from '../harness/statistics.ts';

const ROUNDS = 12;

/**
 * What the triggers cost an update of another column: the same update of one tenant's leads with and without them, in turn,
 * each pair's ratio, and their median. Rolled back, so that every round meets the same rows.
 */
export async function measureTriggerCost(database: OwnerDatabase): Promise<{ withMs: number; withoutMs: number; ratio: number }> {
  const { rows } = await sql<{ tenant_id: string }>`SELECT tenant_id FROM lead LIMIT 1`.execute(database.sql);
  const update = (disable: boolean) =>
    database.sql.transaction().execute<number>(async (transaction) => {
      if (disable) await sql`ALTER TABLE lead DISABLE TRIGGER USER`.execute(transaction);
      const { milliseconds } = await measure(() =>
        sql`UPDATE lead SET lead_score = lead_score + 1 WHERE tenant_id = ${rows[0]!.tenant_id}`.execute(transaction),
      );
      throw new RolledBack(milliseconds);
    });
  const timeOf = (disable: boolean) =>
    update(disable).catch((error: unknown) => {
      if (error instanceof RolledBack) return error.milliseconds;
      throw error;
    });

  const pairs: { with: number; without: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const first = await timeOf(round % 2 === 0);
    const second = await timeOf(round % 2 !== 0);
    await sql`VACUUM lead`.execute(database.sql);
    if (round > 1) pairs.push(round % 2 === 0 ? { without: first, with: second } : { with: first, without: second });
  }
  return {
    withMs: median(pairs.map((pair) => pair.with)),
    withoutMs: median(pairs.map((pair) => pair.without)),
    ratio: median(pairs.map((pair) => pair.with / pair.without)),
  };
}

class RolledBack extends Error {
  constructor(readonly milliseconds: number) {
    super('rolled back on purpose');
  }
}
