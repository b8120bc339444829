import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { restoredExpression } from '../../src/choice/derive/legacy-value.ts';
import { readFieldState } from '../../src/choice/migrate/read-regime.ts';
import { awaitServers } from '../harness/regimes.ts';
import type { TestCrm } from '../harness/test-crm.ts';
import { PHASE_STOPS } from './phase-stops.ts';

/** Registers the tests of each stop on the way, in order, from populated on: where the fields are by then, and what the caller asks. */
export function describePhaseStops(crm: () => TestCrm, tests: () => void): void {
  describe.each(PHASE_STOPS)('where $where', ({ regime, enter }) => {
    let leave: (() => Promise<void>) | void;
    beforeAll(async () => {
      leave = await enter(crm());
      await awaitServers(crm());
    }, 120_000);
    afterAll(() => leave?.());

    tests();

    test('every field is kept as it has to be, and column and archive agree', async () => {
      const { owner, scope } = crm();
      for (const field of scope.fields) {
        expect((await readFieldState(owner.sql, field)).regime).toBe(regime);
        if (regime !== 'window') continue;
        const { rows } = await sql`
          SELECT FROM ${sql.table(field.table)} AS record
          WHERE ${sql.id(field.legacyColumn)}::text IS DISTINCT FROM ${sql.raw(restoredExpression(field))}`.execute(owner.sql);
        expect(rows).toEqual([]);
      }
    });
  });
}
