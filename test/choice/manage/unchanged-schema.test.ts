import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { createTestCrm } from '../../harness/test-crm.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { servedVersions } from '../../../src/evolution/versions/api-versions.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';
import { ACTIONS, composeRound, createRace, FIELDS, type Race } from './race-actions.ts';

let editor: ChoiceEditor;
let api: TestApi;
let pool: pg.Pool;
let race: Race;
beforeAll(async () => {
  const crm = await createTestCrm({ phase: 'migrated', fields: FIELDS });
  editor = await createChoiceEditor(crm);
  api = await startTestApi(crm);
  pool = new pg.Pool({ connectionString: crm.database.ownerUrl });
  race = await createRace(editor, api, pool);
});
afterAll(async () => {
  await pool.end();
  await api.close();
  await editor.close();
});

/** The SDL of every version as it is served, and what introspection of the current one answers. */
async function readSchemas(): Promise<readonly string[]> {
  const paths = ['/graphql', ...servedVersions.map(({ name }) => `/graphql/${name}`)];
  const texts = paths.map(async (path) => (await fetch(`${api.url.replace(/\/graphql$/, '')}${path}?sdl`)).text());
  const { text } = await api.send(
    '{ __schema { types { name fields(includeDeprecated: true) { name } enumValues { name } inputFields { name } } } }',
  );
  return [...(await Promise.all(texts)), text];
}

test('no sequence of edits changes the schema', async () => {
  const before = await readSchemas();
  expect(before.every((text) => /type Lead |"Lead"/.test(text))).toBe(true);
  let done = 0;
  let sequence = 0;
  const sequences = fc.nat(20).chain(composeRound);
  await fc.assert(
    fc.asyncProperty(sequences, async (actions) => {
      sequence += 1;
      for (const action of actions) if ((await ACTIONS[action.kind](race, action)) === undefined) done += 1;
      expect(await readSchemas()).toEqual(before);
    }),
    { numRuns: 15, endOnFailure: true },
  );
  expect(done).toBeGreaterThan(sequence);
});
