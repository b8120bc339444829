import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { create, insertRecord, readStored, REQUIRED, update } from './records.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let crm: TestCrm;
let api: TestApi;
let other: pg.Client;
let lead: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  api = await startTestApi(crm);
  other = new pg.Client({ connectionString: crm.database.ownerUrl });
  await other.connect();
});
beforeEach(async () => {
  lead = await insertRecord(crm, 'lead', { industry: 'tech' });
});
afterEach(async () => {
  await other.query('ROLLBACK');
  await other.query('UPDATE industry SET active = true, merged_into_id = NULL, deleted_at = NULL WHERE tenant_id = $1', [
    crm.tenant('acme').id,
  ]);
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await other.end();
  await api.close();
  await crm.close();
});

const acme = () => [crm.tenant('acme').id];

/** Waits until a session of the database waits for a lock. */
const waitForLockWaiter = (application: string) =>
  waitUntil(`${application} waits for a lock`, async () => {
    const { rows } = await crm.owner.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1 AND wait_event_type = 'Lock'`,
      [application],
    );
    return rows.length > 0;
  });

describe('a choice that is edited while a record is about to choose it', () => {
  const EDITS = {
    deactivated: `UPDATE industry SET active = false WHERE tenant_id = $1 AND key = 'finance'`,
    deleted: `UPDATE industry SET deleted_at = now() WHERE tenant_id = $1 AND key = 'finance'`,
  };
  const MERGE = `UPDATE industry SET merged_into_id = (SELECT id FROM industry WHERE tenant_id = $1 AND key = 'retail') WHERE tenant_id = $1 AND key = 'finance'`;
  const INPUTS = {
    'a string': { industry: 'finance' },
    'a ref': { industryRef: { key: 'finance' } },
    'a string as it is': { industry: 'finance', industryRef: { key: 'finance' } },
  };

  const readLeads = async () => (await crm.owner.pool.query('SELECT lead::text AS lead FROM lead ORDER BY id')).rows;
  const WRITERS = {
    createLead: (input: object) => create(api, FIELD, { ...REQUIRED.Lead!(''), leadSource: 'web', ...input }),
    updateLead: (input: object) => update(api, FIELD, lead, { ...input }),
  };

  test.each(
    Object.entries(EDITS).flatMap(([edit, statement]) =>
      Object.entries(INPUTS).flatMap(([which, input]) =>
        Object.entries(WRITERS).map(([mutation, write]) => [mutation, edit, which, { statement, input, write }] as const),
      ),
    ),
  )(
    '%s does not choose it once it is %s, by %s: it waits for the edit and sees it',
    async (_mutation, _edit, _which, { statement, input, write }) => {
      const before = await readLeads();
      await other.query('BEGIN');
      await other.query(statement, acme());
      const writing = write(input);
      await waitForLockWaiter('dynamic-choices api %');
      await other.query('COMMIT');
      expect((await writing).code).toBe('CHOICE_INACTIVE');
      expect(await readLeads()).toEqual(before);
    },
  );

  test.each(Object.entries(INPUTS))(
    'lands on the survivor of a merge, by %s: the writer waits for the merge and sees it',
    async (_, input) => {
      await other.query('BEGIN');
      await other.query(MERGE, acme());
      const writing = update(api, FIELD, lead, input);
      await waitForLockWaiter('dynamic-choices api %');
      await other.query('COMMIT');
      expect((await writing).record).toMatchObject({ legacy: 'industry' in input ? 'finance' : 'retail', ref: { key: 'retail' } });
    },
  );

  test('is chosen after all where the edit is taken back', async () => {
    await other.query('BEGIN');
    await other.query(EDITS.deactivated, acme());
    const writing = update(api, FIELD, lead, { industry: 'finance' });
    await waitForLockWaiter('dynamic-choices api %');
    await other.query('ROLLBACK');
    expect((await writing).record).toMatchObject({ legacy: 'finance', version: 2 });
  });

  const BOTH = { industry: 'finance', status: 'converted' };
  test.each([
    ['createLead', () => ({ ...REQUIRED.Lead!(''), leadSource: 'web', ...BOTH })],
    ['updateLead', () => BOTH],
  ])('cannot be edited before the record that chooses it is written by %s', async (mutation, input) => {
    // The writer gets the industry, then waits for the status: in between it holds the industry.
    await other.query('BEGIN');
    await other.query('SELECT FROM lead_status WHERE tenant_id = $1 AND key = $2 FOR UPDATE', [...acme(), 'converted']);
    const id = mutation === 'updateLead' ? `id: "${lead}", ` : '';
    const writing = api.send(
      `mutation ($input: ${mutation === 'updateLead' ? 'UpdateLeadInput' : 'CreateLeadInput'}!) { ${mutation}(${id}input: $input) { lead { industry status } } }`,
      { input: input() },
    );
    await waitForLockWaiter('dynamic-choices api %');
    const edit = crm.owner.pool.query(EDITS.deactivated, acme());
    await waitForLockWaiter('dynamic-choices');
    await other.query('COMMIT');
    expect((await writing).body.data[mutation].lead).toEqual(BOTH);
    expect((await edit).rowCount).toBe(1);
  });
});

describe('two writers of one record', () => {
  const write = (input: string) =>
    api.send(`mutation { updateLead(id: "${lead}", input: { ${input} }) { lead { version company jobTitle } } }`);

  test('that both send the version they read: one wins, the other is told the current state and nothing of it is written', async () => {
    const answers = await Promise.all([write('version: 1, company: "First"'), write('version: 1, company: "Second"')]);
    const [won, lost] = answers[0].body.errors ? [answers[1], answers[0]] : [answers[0], answers[1]];
    const { company } = won.body.data.updateLead.lead;
    expect(lost.body.errors).toMatchObject([
      { extensions: { code: 'CONFLICT', current: { id: lead, version: 2, company, industry: 'tech' } } },
    ]);
    expect(await readStored(crm, 'lead', lead)).toMatchObject({ company, version: 2 });
  });

  test('that change different members without a version: neither is lost', async () => {
    await other.query('BEGIN');
    await other.query(`UPDATE lead SET company = 'Meanwhile', industry = 'retail', version = version + 1 WHERE id = $1`, [lead]);
    const writing = write('jobTitle: "Later"');
    await waitForLockWaiter('dynamic-choices api %');
    await other.query('COMMIT');
    expect((await writing).body.data.updateLead.lead).toEqual({ version: 3, company: 'Meanwhile', jobTitle: 'Later' });
    expect(await readStored(crm, 'lead', lead)).toMatchObject({ company: 'Meanwhile', industry: 'retail', job_title: 'Later' });
  });

  test('of which one deletes it: the other finds nothing', async () => {
    await other.query('BEGIN');
    await other.query('DELETE FROM lead WHERE id = $1', [lead]);
    const writing = write('jobTitle: "Later"');
    await waitForLockWaiter('dynamic-choices api %');
    await other.query('COMMIT');
    expect((await writing).body.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });
});

describe('a record that goes while another is about to refer to it', () => {
  test('an account under a new opportunity: the write is a conflict', async () => {
    const account = await insertRecord(crm, 'account', {});
    await other.query('BEGIN');
    await other.query('DELETE FROM account WHERE id = $1', [account]);
    const writing = api.send(`mutation { createOpportunity(input: { name: "n", accountId: "${account}" }) { opportunity { id } } }`);
    await waitForLockWaiter('dynamic-choices api %');
    await other.query('COMMIT');
    expect((await writing).body.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
  });

  test('an account that gets an opportunity while it is deleted: the deletion is a conflict', async () => {
    const account = await insertRecord(crm, 'account', {});
    await other.query('BEGIN');
    await other.query('INSERT INTO opportunity (tenant_id, account_id, name) VALUES ($1, $2, $3)', [...acme(), account, 'n']);
    const deleting = api.send(`mutation { deleteAccount(id: "${account}") { account { id } } }`);
    await waitForLockWaiter('dynamic-choices api %');
    await other.query('COMMIT');
    expect((await deleting).body.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
    expect(await readStored(crm, 'account', account)).toBeDefined();
  });
});

test('a write that the database ends because of a deadlock is a conflict', async () => {
  const [task, target] = [await insertRecord(crm, 'task', {}), await insertRecord(crm, 'lead', {})];
  const third = await crm.owner.pool.connect();
  // Whose patience ends first finds the deadlock, and is ended by it. That is to be the API.
  const patient = new pg.Client({ connectionString: crm.database.superuserUrl });
  await patient.connect();
  await patient.query(`SET deadlock_timeout = '60s'`);
  try {
    await third.query('BEGIN');
    await third.query('SELECT FROM task_status WHERE tenant_id = $1 AND key = $2 FOR UPDATE', [...acme(), 'completed']);
    await patient.query('BEGIN');
    await patient.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [target]);
    // The writer holds the task and waits for the status, the patient one holds the lead and waits for the task.
    const writing = api.send(`mutation { updateTask(id: "${task}", input: { status: "completed", leadId: "${target}" }) { task { id } } }`);
    await waitForLockWaiter('dynamic-choices api %');
    const waiting = patient.query('SELECT FROM task WHERE id = $1 FOR UPDATE', [task]);
    await waitUntil(
      'two wait',
      async () =>
        (
          await crm.owner.pool.query(
            'SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND NOT granted',
          )
        ).rows.length === 2,
    );
    await third.query('ROLLBACK');
    expect((await writing).body.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
    await waiting;
  } finally {
    third.release();
    await patient.end();
  }
});
