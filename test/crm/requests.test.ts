import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import http from 'node:http';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { insertRecord, readStored } from './records.ts';

let crm: TestCrm;
let api: TestApi;
let lead: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  api = await startTestApi(crm);
});
beforeEach(async () => {
  lead = await insertRecord(crm, 'lead', { industry: 'finance' });
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await api.close();
  await crm.close();
});

/** The API's connections that are in a transaction, as the server sees them. */
async function countBusy(): Promise<number> {
  const { rows } = await crm.owner.pool.query<{ count: number }>(`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'dynamic-choices api %' AND state <> 'idle'`);
  return rows[0]!.count;
}

const expectAllGivenBack = () => waitUntil("the API's connections are idle", async () => (await countBusy()) === 0);

describe('one request', () => {
  test('sees in a second mutation, and in what it answers, what the first wrote', async () => {
    const { body } = await api.send(
      `mutation ($id: ID!) {
        a: updateLead(id: $id, input: { industry: "tech" }) { lead { version industryRef { key } } }
        b: updateLead(id: $id, input: { industryRef: { key: "retail" }, company: "Later" }) { lead { version industry industryRef { key } company } }
        c: createTask(input: { title: "T", leadId: $id, taskType: "custom" }) { task { lead { version industry company } } }
        d: deleteLead(id: $id) { lead { version industryLabel } }
      }`,
      { id: lead },
    );
    expect(body.errors).toBeUndefined();
    expect(body.data).toEqual({
      a: { lead: { version: 2, industryRef: { key: 'tech' } } },
      b: { lead: { version: 3, industry: 'retail', industryRef: { key: 'retail' }, company: 'Later' } },
      c: { task: { lead: { version: 3, industry: 'retail', company: 'Later' } } },
      d: { lead: { version: 3, industryLabel: 'Retail' } },
    });
  });

  test('stops at a mutation that fails: what came before it stays, what comes after it is not done', async () => {
    const { body } = await api.send(
      `mutation ($id: ID!) {
        a: updateLead(id: $id, input: { company: "One" }) { lead { company } }
        b: updateLead(id: $id, input: { company: "Two", industry: "huh" }) { lead { company } }
        c: updateLead(id: $id, input: { jobTitle: "Three" }) { lead { company } }
      }`,
      { id: lead },
    );
    expect(body.errors).toMatchObject([{ path: ['b'], extensions: { code: 'CHOICE_UNKNOWN' } }]);
    expect(await readStored(crm, 'lead', lead)).toMatchObject({ company: 'One', job_title: null, version: 2 });
    await expectAllGivenBack();
  });

  test('reads all its lists in one snapshot', async () => {
    const { body } = await api.send(
      `{ ${Array.from({ length: 30 }, (_, index) => `l${index}: leads(first: 2) { totalCount nodes { id industryRef { key } } } t${index}: tasks { nodes { lead { statusLabel } } }`).join(' ')} }`,
    );
    expect(body.errors).toBeUndefined();
    expect(
      new Set(
        Object.entries<{ totalCount: number }>(body.data)
          .filter(([name]) => name.startsWith('l'))
          .map(([, list]) => list.totalCount),
      ).size,
    ).toBe(1);
  });

  test('that fails in one list while it reads others gives its connection back', async () => {
    const query = `{ bad: leads(first: -1) { nodes { id } } ${Array.from({ length: 5 }, (_, index) => `l${index}: leads { totalCount nodes { industryRef { label } } }`).join(' ')} }`;
    for (let round = 0; round < 15; round++)
      expect((await api.send(query)).body).toMatchObject({ data: null, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    await expectAllGivenBack();
    expect((await api.send('{ leads(first: 1) { nodes { id } } }')).body.errors).toBeUndefined();
  });
});

describe('many requests', () => {
  test('that fail, all at once, give their connections back', async () => {
    const operations = [
      '{ leads(first: -1) { totalCount } tasks { nodes { lead { industryRef { key } } } } }',
      '{ a: leads { nodes { industryRef { label } } } b: leads(after: "x") { totalCount } }',
      'mutation { createLead(input: { firstName: "", lastName: "", email: "", company: "" }) { lead { id } } }',
      'mutation { deleteLead(id: "x") { lead { id } } }',
      '{ choiceOptions(field: LEAD_INDUSTRY, current: "x") { source } leads { nodes { id } } }',
    ];
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => api.send(operations[index % operations.length]!)));
    expect(answers.filter(({ body }) => body.errors === undefined)).toEqual([]);
    await expectAllGivenBack();
  });

  test('whose clients go away give their connections back', async () => {
    const token = await api.token('acme', 'writer');
    const body = JSON.stringify({
      query: `{ ${Array.from({ length: 20 }, (_, index) => `l${index}: leads { totalCount nodes { industryRef { label } } }`).join(' ')} }`,
    });
    const abort = () =>
      new Promise<void>((resolve) => {
        const request = http.request(`${api.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        });
        request.on('error', () => resolve());
        request.end(body, () => setImmediate(() => request.destroy(new Error('gone'))));
      });
    await Promise.all(Array.from({ length: 200 }, abort));
    await expectAllGivenBack();
    expect((await api.send('{ leads(first: 1) { nodes { id } } }')).body.errors).toBeUndefined();
  });

  test('more than there are connections wait for one another', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => api.send('{ a: leads(first: 5) { nodes { industryRef { key } } } b: tasks { totalCount } }')),
    );
    expect(answers.filter(({ status, body }) => status !== 200 || body.errors)).toEqual([]);
  });
});
