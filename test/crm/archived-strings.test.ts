import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { restoredExpression } from '../../src/choice/derive/legacy-value.ts';
import { writeFunctionName } from '../../src/choice/derive/write-function.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { insertRecord, readStored, update } from './records.ts';

const INDUSTRY = choiceRegistry.field('Lead.industry')!;
const CHANNEL = choiceRegistry.field('Lead.marketingChannel')!;

let crm: TestCrm;
let api: TestApi;
let other: pg.Client;
let superuser: pg.Client;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  const acme = [crm.tenant('acme').id];
  await crm.owner.pool.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'telecom', id FROM industry WHERE tenant_id = $1 AND key = 'tech'`,
    acme,
  );
  await crm.owner.pool.query(
    `UPDATE industry SET merged_into_id = (SELECT id FROM industry WHERE tenant_id = $1 AND key = 'tech') WHERE tenant_id = $1 AND key = 'energy'`,
    acme,
  );
  await crm.migrate();
  await crm.prefer();
  await crm.contract();
  api = await startTestApi(crm);
  other = new pg.Client({ connectionString: crm.database.ownerUrl });
  await other.connect();
  superuser = new pg.Client({ connectionString: crm.database.superuserUrl });
  await superuser.connect();
  await superuser.query('SET session_replication_role = replica');
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await superuser.end();
  await other.end();
  await api.close();
  await crm.close();
});

describe('a writer that waits for another one', () => {
  let lead: string;
  beforeEach(async () => {
    lead = await insertRecord(crm, 'lead', { industry: 'tech' });
    await other.query('BEGIN');
    // The row itself stays as it is: only its archived string is another one.
    await other.query(`SELECT ${writeFunctionName(INDUSTRY)}($1, $2, 'telecom')`, [crm.tenant('acme').id, lead]);
  });
  const whileItWaits = async <Answer>(writing: Promise<Answer>) => {
    await waitUntil('the API waits for a lock', async () => {
      const { rows } = await crm.owner.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'dynamic-choices api %' AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
    await other.query('COMMIT');
    return writing;
  };

  test('takes what that one stored for what is stored: the same again is no write', async () => {
    const { record } = await whileItWaits(update(api, INDUSTRY, lead, { industry: 'telecom' }));
    expect(record).toMatchObject({ version: 1, legacy: 'telecom', ref: { key: 'tech' } });
  });

  test('writes what differs from it, though it is what was stored before', async () => {
    const { record } = await whileItWaits(update(api, INDUSTRY, lead, { industry: 'tech' }));
    expect(record).toMatchObject({ version: 2, legacy: 'tech', ref: { key: 'tech' } });
    expect((await readStored(crm, 'lead', lead)).archived).toBeNull();
  });

  test('is told the strings of that one where the version is another', async () => {
    const { code, error } = await whileItWaits(update(api, INDUSTRY, lead, { version: 9, company: 'Mine' }));
    expect(code).toBe('CONFLICT');
    expect(error.extensions.current).toMatchObject({
      version: 1,
      industry: 'telecom',
      leadSource: 'web',
      status: 'new',
      marketingChannel: '',
    });
  });
});

test('a deleted record answers its strings, and leaves nothing in the archive', async () => {
  const lead = await insertRecord(crm, 'lead', { industry: 'telecom', marketing_channel: null });
  const { body } = await api.send(`mutation { deleteLead(id: "${lead}") { lead { industry industryRef { key } marketingChannel } } }`);
  expect(body.data.deleteLead.lead).toEqual({ industry: 'telecom', industryRef: { key: 'tech' }, marketingChannel: null });
  const { rows } = await crm.owner.pool.query('SELECT FROM choice_archive WHERE record_id = $1', [lead]);
  expect(rows).toEqual([]);
});

const VALUES = ['tech', 'telecom', 'energy', 'retail', 'Tech', 'huh', ' ', 'x'.repeat(50)];
/** What a row refers to, what the archive has of it, and whether that is of another ref than the row's. */
const row = fc.record({
  key: fc.option(fc.constantFrom('tech', 'energy', 'retail')),
  archived: fc.option(fc.constantFrom(...VALUES)),
  isStale: fc.boolean(),
  channel: fc.constantFrom(null, '', 'email', 'huh'),
});
type Row = { key: string | null; archived: string | null; isStale: boolean; channel: string | null };

async function loadRows(rows: readonly Row[]): Promise<void> {
  await superuser.query('DELETE FROM lead; DELETE FROM choice_archive');
  const given = JSON.stringify(rows.map((each, index) => ({ ...each, company: `c${(index * 7) % 5}` })));
  await superuser.query(
    `WITH given AS (SELECT uuid_v7() AS id, * FROM jsonb_to_recordset($2) AS r (key text, archived text, "isStale" boolean, channel text, company text)),
     lead AS (
       INSERT INTO lead (tenant_id, id, first_name, last_name, email, company, industry_id, marketing_channel_id)
       SELECT $1, id, '-', '-', '-', company,
         (SELECT id FROM industry WHERE tenant_id = $1 AND industry.key = given.key),
         (SELECT id FROM marketing_channel WHERE tenant_id = $1 AND marketing_channel.key = channel)
       FROM given RETURNING id, industry_id
     )
     INSERT INTO choice_archive (tenant_id, field, record_id, legacy_value, ref)
     SELECT $1, 'Lead.industry', id, archived, CASE WHEN "isStale" THEN (SELECT id FROM industry WHERE tenant_id = $1 AND industry.key = 'finance') ELSE industry_id END
     FROM given JOIN lead USING (id) WHERE archived IS NOT NULL
     UNION ALL SELECT $1, 'Lead.marketingChannel', id, channel, NULL FROM given WHERE channel IS NULL OR channel = 'huh'`,
    [crm.tenant('acme').id, given],
  );
}

const string = (field: typeof INDUSTRY) => restoredExpression(field, 'lead');
const expectedIds = async (condition: string, order: string) =>
  (
    await superuser.query<{ id: string }>(`SELECT id FROM lead WHERE tenant_id = $1 AND ${condition} ORDER BY ${order}`, [
      crm.tenant('acme').id,
    ])
  ).rows.map(({ id }) => id);

describe('filter.industry compares the string that the row answers', () => {
  const FILTERS: readonly [string, string][] = [
    ...[...VALUES, '', 'never seen'].map(
      (value) => [`{ industry: ${JSON.stringify(value)} }`, `${string(INDUSTRY)} COLLATE "C" = '${value}'`] as [string, string],
    ),
    ['{ industry: "tech", marketingChannel: "" }', `${string(INDUSTRY)} COLLATE "C" = 'tech' AND ${string(CHANNEL)} COLLATE "C" = ''`],
    ['{ industry: "huh", marketingChannel: "huh" }', `${string(INDUSTRY)} COLLATE "C" = 'huh' AND ${string(CHANNEL)} COLLATE "C" = 'huh'`],
    [
      '{ marketingChannel: "email", industryRef: { key: "tech" } }',
      `${string(CHANNEL)} COLLATE "C" = 'email' AND industry_id IN (SELECT id FROM industry WHERE key IN ('tech', 'energy'))`,
    ],
  ];
  const ORDERS: readonly [string, string][] = [
    ['', 'id'],
    [', orderBy: { field: COMPANY, direction: DESC }', 'company DESC, id DESC'],
  ];

  test.each(['forward', 'backward'] as const)('for any rows, order and filter, walking %s', async (direction) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 25 }),
        fc.constantFrom(...FILTERS),
        fc.constantFrom(...ORDERS),
        fc.integer({ min: 1, max: 7 }),
        async (rows, [filter, condition], [orderBy, order], size) => {
          await loadRows(rows);
          const expected = await expectedIds(condition, order);
          const met: string[] = [];
          for (let cursor: string | null = null, more = true; more;) {
            const slice: string = direction === 'forward' ? `first: ${size}, after: $cursor` : `last: ${size}, before: $cursor`;
            const { body } = await api.send(
              `query ($cursor: String) { leads(${slice}, filter: ${filter} ${orderBy}) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
              { cursor },
            );
            const { totalCount, nodes, pageInfo } = body.data.leads;
            expect(totalCount).toBe(expected.length);
            met.splice(direction === 'forward' ? met.length : 0, 0, ...(nodes as { id: string }[]).map(({ id }) => id));
            [more, cursor] =
              direction === 'forward' ? [pageInfo.hasNextPage, pageInfo.endCursor] : [pageInfo.hasPreviousPage, pageInfo.startCursor];
          }
          expect(met).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
