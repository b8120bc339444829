import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { recordSentStatements, type SentStatement } from '../harness/sent-statements.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';

let crm: TestCrm;
let api: TestApi;
let statements: SentStatement[];
beforeAll(async () => {
  statements = recordSentStatements();
  crm = await createTestCrm({ phase: 'expanded' });
  const tenant = [crm.tenant('acme').id];
  // Every choice is mapped in some rows, the first and the last among them, unmapped in others, never empty in all of a page.
  await crm.owner.pool.query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source, status, marketing_channel)
     SELECT $1, 'a', 'b', 'c', 'd', CASE n % 3 WHEN 0 THEN 'tech' WHEN 1 THEN 'huh' ELSE 'finance' END, CASE n % 5 WHEN 1 THEN 'fax' ELSE 'web' END, 'new', 'email' FROM generate_series(0, 599) AS n`,
    tenant,
  );
  await crm.owner.pool.query(
    `INSERT INTO account (tenant_id, name, industry) SELECT $1, n, 'tech' FROM generate_series(1, 100) AS n`,
    tenant,
  );
  await crm.owner.pool.query(`INSERT INTO task (tenant_id, title, task_type, lead_id) SELECT tenant_id, 't', 'custom', id FROM lead`);
  await crm.owner.pool.query(
    `INSERT INTO opportunity (tenant_id, name, account_id) SELECT tenant_id, 'o', id FROM account CROSS JOIN generate_series(1, 6)`,
  );
  await crm.populate();
  api = await startTestApi(crm);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await api.close();
  await crm.close();
});

/** How many statements a request takes, and how many of them look up what its records' choices are. */
async function count(query: string): Promise<{ all: number; lookUps: number }> {
  statements.length = 0;
  const { body } = await api.send(query);
  expect(body.errors).toBeUndefined();
  // What ends a transaction goes with what begins the next one.
  const sent = statements.filter(({ text }) => text !== 'ROLLBACK');
  return { all: sent.length, lookUps: sent.filter(({ text }) => /^\s*WITH named AS/.test(text)).length };
}

const FOUR_REFS = 'industryRef { label } leadSourceRef { label } statusRef { label } marketingChannelRef { label }';
const OPERATIONS: Readonly<Record<string, (size: number) => string>> = {
  'leads with four refs': (size) => `{ leads(first: ${size}) { nodes { ${FOUR_REFS} } } }`,
  'leads with refs, labels and strings': (size) =>
    `{ leads(last: ${size}) { totalCount nodes { industry industryLabel statusLabel ${FOUR_REFS} } } }`,
  'tasks with their lead': (size) => `{ tasks(first: ${size}) { nodes { taskTypeRef { label } lead { ${FOUR_REFS} } } } }`,
  'opportunities with their account': (size) =>
    `{ opportunities(first: ${size}) { nodes { dealSizeCategoryRef { label } account { name industryRef { label } tierLabel } } } }`,
};

test('uses and aliases of a list take as many statements for a thousand choices as for a few', async () => {
  const read = async () => (await count('{ choices(type: INDUSTRY) { key aliases usage { records fields { field records } } } }')).all;
  const few = await read();
  await crm.owner.pool.query(
    `INSERT INTO industry (tenant_id, key, label, position) SELECT $1, 'more_' || n, 'More ' || n, n FROM generate_series(1, 900) AS n`,
    [crm.tenant('acme').id],
  );
  expect(await read()).toBe(few);
  // Begin, settings, stamp, choices, aliases, one for each of the two fields, end.
  expect(few).toBeLessThanOrEqual(8);
});

/** Each phase, and how to enter it from the one before. */
const PHASES: Readonly<Record<string, () => Promise<void>>> = {
  populated: async () => undefined,
  migrated: () => crm.migrate(),
  preferred: () => crm.prefer(),
  contracted: () => crm.contract(),
};
/** The lists of an operation, and what begins a request's transaction: that itself, the role with the tenant, and the stamp. */
const leastOf = (name: string) => 3 + 1 + Number(name.includes('with their')) + Number(name.includes('strings'));
const typesOf = (name: string) => new Set(OPERATIONS[name]!(1).match(/\w+(?=Ref|Label)/g)).size;

describe.each(Object.keys(PHASES))('at %s the number of statements', (phase) => {
  beforeAll(() => PHASES[phase]!());

  test.each(Object.keys(OPERATIONS))(
    'for %s is what its lists take for 1, 50 and 500, and one for each type of choice at most',
    async (name) => {
      for (const size of [1, 50, 500]) {
        await editChoices();
        const { all, lookUps } = await count(OPERATIONS[name]!(size));
        expect(all - lookUps).toBe(leastOf(name));
        expect(lookUps).toBe(typesOf(name));
      }
    },
  );

  test.each(Object.keys(OPERATIONS))('for %s is what its lists take, once their choices are known', async (name) => {
    // What is known is forgotten now and then.
    await waitUntil('a request finds all choices known', async () => {
      const { all, lookUps } = await count(OPERATIONS[name]!(500));
      expect(all - lookUps).toBe(leastOf(name));
      return lookUps === 0;
    });
  });
});

/** Whatever is known of choices is so no more. */
async function editChoices(): Promise<void> {
  await crm.owner.pool.query(`UPDATE industry SET label = label || '.' WHERE key = 'energy'`);
}

test('a request that reads nothing sends nothing', async () => expect((await count('{ viewer { subject } __typename }')).all).toBe(0));
