import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { verifyAll } from '../audit/chains.ts';
import { readTables, replayChanges } from '../audit/replay-tables.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';
import { ACTIONS, composeRound, createRace, FIELDS, type Race } from './race-actions.ts';
import { expectLaws, expectOnlyActiveChosen, watchChoosers } from './race-laws.ts';

const ROUNDS = 50;

let editor: ChoiceEditor;
let api: TestApi;
let pool: pg.Pool;
let race: Race;
beforeAll(async () => {
  const crm = await createTestCrm({ phase: 'migrated', fields: FIELDS });
  await crm.owner.close();
  editor = await createChoiceEditor({ ...crm, owner: openOwnerDatabase(crm.database.ownerUrl, { connections: 12 }) });
  api = await startTestApi(crm);
  pool = new pg.Pool({ connectionString: crm.database.ownerUrl, max: 6 });
  race = await createRace(editor, api, pool);
  await watchChoosers(editor);
});
afterAll(async () => {
  await pool.end();
  await api.close();
  await editor.close();
});

test(`${ROUNDS} rounds of edits beside writers who choose just these choices`, async () => {
  const outcomes: Record<string, Record<string, number>> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const [actions] = fc.sample(composeRound(round), { numRuns: 1, seed: (fc.readConfigureGlobal().seed ?? 0) + round });
    await Promise.all(
      actions!.map(async (action) => {
        const outcome = (await ACTIONS[action.kind](race, action)) ?? 'done';
        const counts = (outcomes[action.kind] ??= {});
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }),
    );
    await expectLaws(editor);
  }
  // Races in which nothing is ever done, or ever refused, would show nothing.
  for (const kind of Object.keys(ACTIONS)) expect([kind, outcomes[kind]?.done]).toEqual([kind, expect.any(Number)]);
  expect(outcomes).toMatchObject({ merge: { CONFLICT: expect.any(Number) }, updateByKey: { CHOICE_INACTIVE: expect.any(Number) } });
  expect(await expectOnlyActiveChosen(editor)).toBeGreaterThan(ROUNDS);
  expect(await replayChanges(editor.client, editor.acme)).toEqual(await readTables(editor.client, editor.acme));
  expect(await verifyAll(editor.crm)).toMatchObject({ ok: true });
  expect(api.log).toEqual([]);
}, 300_000);
