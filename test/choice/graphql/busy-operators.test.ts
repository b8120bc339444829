import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { insertRecord } from '../../crm/records.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const FIELDS = ['LEAD_INDUSTRY', 'LEAD_STATUS', 'LEAD_LEAD_SOURCE', 'ACCOUNT_INDUSTRY', 'ACCOUNT_TIER', 'TASK_PRIORITY', 'TASK_STATUS'];

let crm: TestCrm;
let api: TestApi;
let client: pg.Client;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  await insertRecord(crm, 'lead', { industry: 'tech' });
  api = await startTestApi(crm);
  client = new pg.Client({ connectionString: crm.database.ownerUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await api.close();
  await crm.close();
});

const ask = async (query: string) => (await api.send(query, {}, { token: await api.token('acme', 'operator') })).body;
const statuses = async (): Promise<string[]> =>
  (await ask('{ choiceRuns(first: 100) { status } }')).data.choiceRuns.map(({ status }: { status: string }) => status);

test('while any number of runs are held up, operators are answered, and steps of other kinds go on', async () => {
  await client.query('BEGIN; LOCK TABLE choice_pace IN ACCESS EXCLUSIVE MODE');
  for (const field of FIELDS) {
    const { errors } = await ask(`mutation { migrateChoices(input: { fields: [${field}] }) { run { id } } }`);
    expect(errors).toBeUndefined();
  }
  await waitUntil('runs wait for the lock', async () => {
    const { rows } = await client.query(`SELECT FROM pg_locks WHERE relation = 'choice_pace'::regclass AND NOT granted`);
    return rows.length >= 2;
  });
  expect(await statuses()).toEqual(FIELDS.map(() => 'RUNNING'));
  const pause = await ask('mutation { pauseMigration(input: { fields: [LEAD_MARKETING_CHANNEL] }) { parts } }');
  expect(pause).toEqual({ data: { pauseMigration: { parts: 0 } } });
  const dryRun = await ask('mutation { verifyChoices(input: { fields: [LEAD_STATUS], dryRun: true }) { run { status } } }');
  expect(dryRun.data.verifyChoices.run).toEqual({ status: 'SUCCEEDED' });
  const verification = await ask('mutation { verifyChoices(input: { fields: [LEAD_STATUS] }) { run { id } } }');
  expect(verification.errors).toBeUndefined();
  await waitUntil('the verification has ended', async () => (await statuses()).includes('SUCCEEDED'));
  await client.query('COMMIT');
  await waitUntil('all have ended', async () => !(await statuses()).includes('RUNNING'));
  expect(await statuses()).toEqual(FIELDS.map(() => 'SUCCEEDED').concat('SUCCEEDED'));
  expect(api.log).toEqual([]);
});

test('a run that failed is found in the log by its id and step', async () => {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO choice_run (step, fields, requested_by, process_id) VALUES ('verify', '{Lead.gone}', 'somebody', gen_random_uuid()) RETURNING id`,
  );
  await waitUntil('it is in the log', () => api.log.length > 0);
  expect(api.log.map((line): unknown => JSON.parse(line))).toMatchObject([
    { level: 'error', message: 'A run failed', run: rows[0]!.id, step: 'verify', error: { message: expect.stringContaining('Lead.gone') } },
  ]);
});
