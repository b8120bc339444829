import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import type pg from 'pg';
import { settleStrings } from '../../../src/choice/migrate/settle-strings.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';

/** Leads of each tenant. */
const LEADS = { acme: 3, globex: 4, initech: 0 };

let crm: TestCrm;
let client: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', fields: [LEAD_INDUSTRY], tenants: Object.keys(LEADS) });
  client = await connect(crm.database.ownerUrl);
  for (const [slug, count] of Object.entries(LEADS))
    for (let n = 0; n < count; n++) await insertRecord(client, LEAD_INDUSTRY, crm.tenant(slug).id, { legacy: 'tech' });
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

test.each([
  [100, 3],
  [4, 4],
  [2, 6],
])('a pass of %i rows at a time looks %i times: once more only where a look was full', async (batchSize, expected) => {
  let looks = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (node.kind === 'RawNode' && node.sqlFragments.join('').includes('WITH reach AS')) looks += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const rows: number[] = [];
  const settle = () => Promise.reject(new Error('nothing differs'));
  const settled = await settleStrings(crm.owner.sql.withPlugin(plugin), LEAD_INDUSTRY, settle, {
    batchSize,
    onRows: (done) => void rows.push(done),
  });
  expect([settled, rows.at(-1), looks]).toEqual([0, 7, expected]);
});
