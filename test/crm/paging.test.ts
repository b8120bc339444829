import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { resolveExpression } from '../../src/choice/derive/resolve.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';

let crm: TestCrm;
let api: TestApi;
/** A superuser whose writes fire no trigger: it alone can leave rows without the ref that they should have. */
let superuser: pg.Client;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  api = await startTestApi(crm);
  superuser = new pg.Client({ connectionString: crm.database.superuserUrl });
  await superuser.connect();
  await superuser.query('SET session_replication_role = replica');
  // Two choices at one place, an alias, and a merge: ties and detours.
  await crm.owner.pool.query(`UPDATE industry SET position = 3 WHERE key IN ('retail', 'energy')`);
  await crm.owner.pool.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'telecom', id FROM industry WHERE key = 'tech'`,
  );
  await crm.owner.pool.query(
    `UPDATE lead_status SET merged_into_id = (SELECT id FROM lead_status WHERE key = 'new') WHERE key = 'contacted'`,
  );
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await superuser.end();
  await api.close();
  await crm.close();
});

interface Row {
  readonly company: string;
  readonly country: string | null;
  readonly lead_score: number;
  readonly annual_revenue: string | null;
  readonly created_at: string;
  readonly industry: string;
  readonly status: string;
  readonly marketing_channel: string | null;
  /** In which migration step the row gets its refs; 0: it has them. */
  readonly step: number;
}

const text = fc.constantFrom('a', 'A', 'b', 'Z', 'ä', '\u{1F984}', ' ', '%', "'", '"', '\\', 'é', 'e\u0301', '\uffff', 'x'.repeat(100));
const row: fc.Arbitrary<Row> = fc.record({
  company: text,
  country: fc.option(fc.oneof(text, fc.constant(''))),
  lead_score: fc.constantFrom(-2147483648, 2147483647, 0, 1),
  annual_revenue: fc.option(fc.constantFrom('0.00', '-0.01', '9999999999999999.99', '-9999999999999999.99', '10', '9', 'NaN')),
  created_at: fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59.999Z',
    '2026-01-01T00:00:00.001Z',
    '2026-01-01T00:00:00.002Z',
    '9999-12-31T23:59:59.999Z',
  ),
  industry: fc.constantFrom('tech', 'telecom', 'retail', 'energy', 'huh', '', 'Tech'),
  status: fc.constantFrom('new', 'contacted', 'converted', 'huh'),
  marketing_channel: fc.option(fc.constantFrom('email', 'seo', '')),
  step: fc.integer({ min: 0, max: 4 }),
});

const positionOf = (coordinate: string) => {
  const field = choiceRegistry.field(coordinate)!;
  return `coalesce((SELECT position FROM ${field.type.table} WHERE id = ${resolveExpression(field.type, 'lead.tenant_id', `lead.${field.legacyColumn}`)}), 2147483647)`;
};
/** What each order means, said independently: nulls come first and are equal to what is empty. */
const ORDERS: Readonly<Record<string, string>> = {
  COMPANY: 'company',
  COUNTRY: `coalesce(country, '')`,
  LEAD_SCORE: 'lead_score',
  ANNUAL_REVENUE: `coalesce(annual_revenue, '-Infinity')`,
  CREATED_AT: 'created_at',
  INDUSTRY: positionOf('Lead.industry'),
  STATUS: positionOf('Lead.status'),
  MARKETING_CHANNEL: positionOf('Lead.marketingChannel'),
};
/** Filters, and what each means. */
const FILTERS: Readonly<Record<string, string>> = {
  '{}': 'true',
  '{ search: "a" }': `company ILIKE '%a%'`,
  '{ industry: "tech" }': `industry = 'tech'`,
  '{ industryRef: { key: ["tech", "retail"] } }': `industry IN ('tech', 'telecom', 'retail')`,
  '{ industryRef: { isNull: true } }': `industry IN ('huh', '', 'Tech')`,
  '{ statusRef: { key: "contacted" }, marketingChannelRef: { isNull: true } }': `status IN ('new', 'contacted') AND coalesce(marketing_channel, '') = ''`,
};
const orderBy = fc.uniqueArray(fc.record({ field: fc.constantFrom(...Object.keys(ORDERS)), direction: fc.constantFrom('ASC', 'DESC') }), {
  maxLength: 3,
  selector: (order) => order.field,
});
type Order = readonly { readonly field: string; readonly direction: string }[];

async function loadRows(rows: readonly Row[]): Promise<void> {
  await superuser.query('DELETE FROM lead');
  await superuser.query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, lead_source, company, country, lead_score, annual_revenue, created_at, industry, status, marketing_channel, job_title)
     SELECT $1, '-', '-', '-', 'huh', company, country, lead_score, annual_revenue, created_at, industry, status, marketing_channel, step
     FROM jsonb_to_recordset($2) AS r (company text, country text, lead_score int, annual_revenue numeric, created_at timestamptz, industry text, status text, marketing_channel text, step text)`,
    [crm.tenant('acme').id, JSON.stringify(rows)],
  );
  await migrateRows(0);
}

/** Gives the rows of one step their refs, as a backfill does. */
async function migrateRows(step: number): Promise<void> {
  const sets = choiceRegistry
    .fieldsOf('Lead')
    .map((field) => `${field.refColumn} = ${resolveExpression(field.type, 'lead.tenant_id', `lead.${field.legacyColumn}`)}`);
  await superuser.query(`UPDATE lead SET ${sets.join(', ')} WHERE job_title = $1`, [String(step)]);
}

async function expectedIds(order: Order, filter: string): Promise<string[]> {
  const last = order.at(-1)?.direction ?? 'ASC';
  const keys = [...order.map(({ field, direction }) => `${ORDERS[field]!} ${direction}`), `id ${last}`];
  const { rows } = await superuser.query<{ id: string }>(`SELECT id FROM lead WHERE ${FILTERS[filter]!} ORDER BY ${keys.join(', ')}`);
  return rows.map(({ id }) => id);
}

async function readPage(order: Order, filter: string, slice: Readonly<Record<string, unknown>>) {
  const { body } = await api.send(
    `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: [LeadOrder!]) {
      leads(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, filter: ${filter}) { totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
    }`,
    { ...slice, orderBy: order },
  );
  expect(body.errors).toBeUndefined();
  const { edges, nodes, pageInfo, totalCount } = body.data.leads;
  expect(nodes.map(({ id }: { id: string }) => id)).toEqual(edges.map(({ node }: { node: { id: string } }) => node.id));
  expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]);
  return {
    ids: nodes.map(({ id }: { id: string }) => id) as string[],
    cursors: edges.map(({ cursor }: { cursor: string }) => cursor) as string[],
    pageInfo,
    totalCount,
  };
}

const setting = fc.record({
  rows: fc.array(row, { maxLength: 40 }),
  order: orderBy,
  filter: fc.constantFrom(...Object.keys(FILTERS)),
  size: fc.integer({ min: 1, max: 15 }),
});
const RUNS = { numRuns: 25 };

describe('for any rows, order and filter', () => {
  test.each(['forward', 'backward'] as const)('walking %s meets every row once, in order, while a backfill passes', async (direction) => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ rows, order, filter, size }) => {
        await loadRows(rows);
        const expected = await expectedIds(order, filter);
        const met: string[] = [];
        for (let cursor: string | undefined, step = 1; ; step++) {
          const page = await readPage(
            order,
            filter,
            direction === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor },
          );
          met.splice(direction === 'forward' ? met.length : 0, 0, ...page.ids);
          expect(page.totalCount).toBe(expected.length);
          const [ahead, behind] =
            direction === 'forward'
              ? [page.pageInfo.hasNextPage, page.pageInfo.hasPreviousPage]
              : [page.pageInfo.hasPreviousPage, page.pageInfo.hasNextPage];
          expect([ahead, behind]).toEqual([met.length < expected.length, cursor !== undefined]);
          if (!ahead) break;
          cursor = direction === 'forward' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
          await migrateRows(step);
        }
        expect(met).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('any slice between two cursors is that slice of the list, from either end', async () => {
    await fc.assert(
      fc.asyncProperty(setting, fc.nat(), fc.nat(), async ({ rows, order, filter, size }, a, b) => {
        await loadRows(rows);
        const expected = await expectedIds(order, filter);
        const { cursors } = await readPage(order, filter, { first: 500 });
        const [from, to] = [a % (expected.length + 1), b % (expected.length + 1)].sort((x, y) => x - y) as [number, number];
        const bounds = { after: cursors[from - 1], before: cursors[to] };
        const between = expected.slice(from, to);
        const first = await readPage(order, filter, { ...bounds, first: size });
        expect(first.ids).toEqual(between.slice(0, size));
        expect(first.pageInfo.hasNextPage).toBe(between.length > size);
        const last = await readPage(order, filter, { ...bounds, last: size });
        expect(last.ids).toEqual(between.slice(-size));
        expect(last.pageInfo.hasPreviousPage).toBe(between.length > size);
      }),
      RUNS,
    );
  });
});

test('a cursor still holds its place when its row is gone', async () => {
  await loadRows(
    Array.from({ length: 9 }, (_, index) => ({
      company: `c${index}`,
      country: null,
      lead_score: 0,
      annual_revenue: null,
      created_at: '2026-01-01T00:00:00Z',
      industry: 'tech',
      status: 'new',
      marketing_channel: null,
      step: 0,
    })),
  );
  const order = [{ field: 'COMPANY', direction: 'DESC' }];
  const expected = await expectedIds(order, '{}');
  const { pageInfo } = await readPage(order, '{}', { first: 4 });
  await superuser.query('DELETE FROM lead WHERE id = $1', [expected[3]]);
  expect((await readPage(order, '{}', { first: 10, after: pageInfo.endCursor })).ids).toEqual(expected.slice(4));
});

test('cursors do not depend on how the database writes dates', async () => {
  await loadRows(
    Array.from({ length: 3 }, (_, index) => ({
      company: 'c',
      country: null,
      lead_score: 0,
      annual_revenue: null,
      created_at: `2026-01-0${index + 1}T12:00:00.001Z`,
      industry: 'tech',
      status: 'new',
      marketing_channel: null,
      step: 0,
    })),
  );
  const order = [{ field: 'CREATED_AT', direction: 'ASC' }];
  const { pageInfo } = await readPage(order, '{}', { first: 1 });
  const page = JSON.parse(Buffer.from(pageInfo.endCursor as string, 'base64url').toString()) as string[];
  expect(page.slice(0, 2)).toEqual(['CREATED_AT ASC', '2026-01-01T12:00:00.001000Z']);
});
