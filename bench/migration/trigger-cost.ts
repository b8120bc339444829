import { sql } from 'kysely';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { measure } from '../harness/statistics.ts';

const ROUNDS = 20;

/**
 * What the triggers cost an update of another column: the same update of one tenant's leads with and without them, in turn, and
 * the fastest of each, since all that disturbs makes slower. Rolled back and vacuumed, so that every round meets the same rows.
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

  const times: { with: number[]; without: number[] } = { with: [], without: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const disable of round % 2 === 0 ? [true, false] : [false, true]) {
      times[disable ? 'without' : 'with'].push(await timeOf(disable));
      await sql`VACUUM lead`.execute(database.sql);
    }
  const [withMs, withoutMs] = [Math.min(...times.with), Math.min(...times.without)];
  return { withMs, withoutMs, ratio: withMs / withoutMs };
}

class RolledBack extends Error {
  constructor(readonly milliseconds: number) {
    super('rolled back on purpose');
  }
}
