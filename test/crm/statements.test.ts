import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { recordSentStatements, type SentStatement } from '../harness/sent-statements.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

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

async function countStatements(query: string): Promise<number> {
  statements.length = 0;
  const { body } = await api.send(query);
  expect(body.errors).toBeUndefined();
  return statements.length;
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
  const read = () => countStatements('{ choices(type: INDUSTRY) { key aliases usage { records fields { field records } } } }');
  const few = await read();
  await crm.owner.pool.query(
    `INSERT INTO industry (tenant_id, key, label, position) SELECT $1, 'more_' || n, 'More ' || n, n FROM generate_series(1, 900) AS n`,
    [crm.tenant('acme').id],
  );
  expect(await read()).toBe(few);
  // Begin with the settings, choices, aliases, one for each of the two fields, end.
  expect(few).toBeLessThanOrEqual(8);
});

/** Each phase, and how to enter it from the one before. */
const PHASES: Readonly<Record<string, () => Promise<void>>> = {
  populated: async () => undefined,
  migrated: () => crm.migrate(),
  preferred: () => crm.prefer(),
  contracted: () => crm.contract(),
};
/** Operation → how many statements it took first. */
const counts = new Map<string, number>();

describe.each(Object.keys(PHASES))('at %s the number of statements', (phase) => {
  beforeAll(() => PHASES[phase]!());

  test.each(Object.keys(OPERATIONS))('for %s is the same for 1, 50 and 500, and at every phase', async (name) => {
    await countStatements('{ leads(first: 1) { nodes { id } } }');
    for (const size of [1, 50, 500]) {
      const count = await countStatements(OPERATIONS[name]!(size));
      counts.set(name, counts.get(name) ?? count);
      expect(count).toBe(counts.get(name));
    }
  });
});

test.each(Object.keys(OPERATIONS))('%s takes what the page, its choices and the transaction need, and no more', (name) => {
  const types = new Set(OPERATIONS[name]!(1).match(/\w+(?=Ref|Label)/g));
  const lists = 1 + Number(name.includes('with their')) + Number(name.includes('strings'));
  // Begin and what sets role and tenant, sent as one, and the end.
  expect(counts.get(name)! - lists - types.size).toBeLessThanOrEqual(4);
  expect(counts.get(name)! - lists - types.size).toBeGreaterThanOrEqual(2);
});

test('a request that reads nothing sends nothing', async () => expect(await countStatements('{ viewer { subject } __typename }')).toBe(0));
