import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { OperationProof } from '../../../src/evolution/codemod/prove/proof.ts';
import { insertDataset, SIZES } from '../../compatibility/dataset.ts';
import { runCodemod } from '../../harness/run-codemod.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';

const DOCUMENT = `query Leads($first: Int!) {
  leads(first: $first) {
    totalCount
    nodes { id ...LeadParts }
  }
}

fragment LeadParts on Lead { industry channel: marketingChannel marketingChannelRef { label } }

query Nobody { leads(filter: { search: "nobody at all" }) { nodes { status } } }
query Tasks { tasks(first: 3) { nodes { lead { industry } } } }
query Lead($id: ID!) { lead(id: $id) { industry } }
query Fixed { leads(filter: { status: "new" }) { nodes { id } } }
mutation Move($id: ID!) { updateLead(id: $id, input: { industry: "tech" }) { lead { industry } } }
`;

let crm: TestCrm;
let api: TestApi;
let token: string;
let folder: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'legacy' });
  await insertDataset(crm.owner, [crm.tenant('acme')]);
  for (const step of [crm.expand, crm.populate]) await step();
  const pairs = ['Technology', 'Tech '].map((value) => ({ value, key: 'tech' }));
  await mapValues(
    crm.owner.sql,
    { registry: choiceRegistry, field: choiceRegistry.field('Lead.industry')!, tenant: crm.tenant('acme'), pairs, remap: false },
    crm.run,
  );
  await crm.migrate();
  api = await startTestApi(crm);
  token = await api.token('acme', 'reader');
  folder = await mkdtemp(join(tmpdir(), 'prove-'));
  await writeFile(join(folder, 'a.graphql'), DOCUMENT);
  await writeFile(join(folder, 'variables.json'), JSON.stringify({ Leads: { first: 500 } }));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await api.close();
  await crm.close();
});

const flags = () => [join(folder, 'a.graphql'), '--token', token, '--variables', join(folder, 'variables.json')];

async function prove(url: string) {
  const { exitCode, stdout } = await runCodemod(...flags(), '--json', '--prove', url);
  const { proof } = JSON.parse(stdout) as { proof: readonly OperationProof[] };
  return { exitCode, proof: new Map(proof.map((each) => [each.name, each])) };
}

/** What the database says: how often which string became which key, or none. */
async function readPairs(column: string, table: string) {
  const { rows } = await crm.owner.pool.query<{ value: string; key: string | null; count: number }>(
    `SELECT lead.${column} AS value, choice.key, count(*)::int FROM lead LEFT JOIN ${table} AS choice
       ON choice.id = lead.${column}_id AND choice.tenant_id = lead.tenant_id
     WHERE lead.${column} IS DISTINCT FROM choice.key GROUP BY 1, 2`,
  );
  return rows;
}

/** How many leads the string finds, and how many its key. */
async function countTech(): Promise<[number, number]> {
  const { rows } = await crm.owner.pool.query<{ before: number; now: number }>(
    `SELECT count(*) FILTER (WHERE lead.industry = 'tech')::int AS before, count(*) FILTER (WHERE choice.key = 'tech')::int AS now
       FROM lead LEFT JOIN industry AS choice ON choice.id = lead.industry_id AND choice.tenant_id = lead.tenant_id`,
  );
  return [rows[0]!.before, rows[0]!.now];
}

const inOrder = (pairs: readonly { value: string; key?: string | null; count: number }[]) =>
  pairs.map(({ value, key = null, count }) => JSON.stringify([value, key, count])).sort();

describe('a true server, at migrated', () => {
  test('is proven, with each aliased and unmapped value and how often it is there', async () => {
    const { exitCode, proof } = await prove(`${api.url}/graphql`);
    const { comparison, ...leads } = proof.get('Leads')!;
    expect({ exitCode, state: leads.state, differences: comparison.differences }).toEqual({
      exitCode: 0,
      state: 'proven',
      differences: [],
    });
    const count = (values: readonly { count: number }[]) => values.reduce((sum, each) => sum + each.count, 0);
    expect(comparison.compared).toBe(2 * SIZES.lead);
    expect(comparison.equal + count(comparison.aliased) + count(comparison.unmapped)).toBe(2 * SIZES.lead);
    for (const [coordinate, pairs] of [
      ['Lead.industry', await readPairs('industry', 'industry')],
      ['Lead.marketingChannel', await readPairs('marketing_channel', 'marketing_channel')],
    ] as const) {
      const changed = [...comparison.aliased, ...comparison.unmapped].filter((value) => value.coordinate === coordinate);
      expect(changed.length).toBeGreaterThan(5);
      expect(inOrder(changed)).toEqual(inOrder(pairs));
    }
    const { rows } = await crm.owner.pool.query<{ count: number }>('SELECT count(*)::int FROM lead WHERE marketing_channel IS NULL');
    expect(comparison.aliased.map(({ value, key }) => [value, key]).sort()).toEqual([
      ['Tech ', 'tech'],
      ['Technology', 'tech'],
    ]);
    expect(comparison.nulls).toBe(rows[0]!.count);
    expect(comparison.nulls).toBeGreaterThan(0);
  });

  test('says so in a line per operation, and why the others are not proven', async () => {
    const { exitCode, stdout } = await runCodemod(...flags(), '--prove', `${api.url}/graphql`);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Leads: 460 values compared, \d+ equal \(\d+ null\), \d+ aliased \(.*Technology → tech \d+.*\), \d+ unmapped \(.*\)$/m,
    );
    expect(stdout).toMatch(/^Nobody: not proven: the answer holds none of the values that moved$/m);
    expect(stdout).toMatch(/^Tasks: \d values? compared, /m);
    expect(stdout).toMatch(/^Lead: not proven: it needs \$id: give --variables$/m);
    expect(stdout).toMatch(/^Move: not proven: a mutation is not executed$/m);
  });

  test('a filter that finds aliases as well is a difference', async () => {
    await writeFile(join(folder, 'b.graphql'), 'query Tech { leads(first: 500, filter: { industry: "tech" }) { totalCount } }');
    const { exitCode, stdout } = await runCodemod(join(folder, 'b.graphql'), '--token', token, '--prove', `${api.url}/graphql`, '--write');
    expect(exitCode).toBe(1);
    const [before, now] = await countTech();
    expect(now).toBeGreaterThan(before);
    expect(stdout).toContain('b.graphql:1:42: LeadFilter.industry also finds aliases of the key');
    expect(stdout).toContain(`Tech: DIFFERENT in 1 place, leads finds ${now} records instead of ${before}: ${now - before} more\n`);
    expect(stdout).toContain(`\n  leads.totalCount: ${before}, now ${now}\n`);
    expect(stdout).toContain('Nothing is written: the answers are not the same.');
  });

  test('a filter that finds more on pages that are not asked for is a difference, also by a variable', async () => {
    await writeFile(
      join(folder, 'b.graphql'),
      `query Page($first: Int!, $filter: LeadFilter) { leads(first: $first, filter: $filter) { nodes { id industry } } }
       query Mine($key: String!) { mine: leads(first: 1, filter: { industry: $key }) { nodes { id } } }`,
    );
    const [before, after] = await countTech();
    const variables = { Page: { first: 1, filter: { industry: 'tech' } }, Mine: { key: 'tech' } };
    await writeFile(join(folder, 'b.json'), JSON.stringify(variables));
    const argv = [join(folder, 'b.graphql'), '--variables', join(folder, 'b.json'), '--token', token, '--prove', `${api.url}/graphql`];
    const { exitCode, stdout } = await runCodemod(...argv, '--json');
    const { proof } = JSON.parse(stdout) as { proof: readonly OperationProof[] };
    expect(exitCode).toBe(1);
    expect(proof).toMatchObject([
      { name: 'Page', state: 'different', comparison: { compared: 1, differencesFound: 0, found: [{ at: 'leads', before, after }] } },
      { name: 'Mine', state: 'different', comparison: { compared: 0, differencesFound: 0, found: [{ at: 'mine', before, after }] } },
    ]);
    expect((await runCodemod(...argv)).stdout).toMatch(
      /^Mine: DIFFERENT in what is found, mine finds \d+ records instead of \d+: \d+ more$/m,
    );
  });

  test('a filter that finds the same is proven by what it finds, and one that finds nothing is not', async () => {
    const document = (key: string) => `{ leads(filter: { leadSource: "${key}" }) { nodes { id } } }`;
    await writeFile(join(folder, 'b.graphql'), `query Some ${document('web')}\nquery None ${document('manual')}`);
    await crm.owner.pool.query(`UPDATE lead SET lead_source = 'web' WHERE lead_source = 'manual'`);
    const { exitCode, stdout } = await runCodemod(join(folder, 'b.graphql'), '--token', token, '--prove', `${api.url}/graphql`);
    expect(stdout).toMatch(/^Some: leads finds \d+ records as before$/m);
    expect(stdout).toMatch(/^None: not proven: the answers are empty, and nothing was compared$/m);
    expect(exitCode).toBe(0);
  });

  test('a token that it refuses is a failure', async () => {
    const { exitCode, stdout } = await runCodemod(...flags(), '--prove', `${api.url}/graphql`, '--header', 'authorization: Bearer no');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^Leads: failed: the operation fails as it was: /m);
  });
});

describe('a server that answers the rewritten operation otherwise', () => {
  type Data = { leads: { totalCount: number; nodes: { id: string; industryRef: { key: string } | null; channel: unknown }[] | null } };

  test.each<[name: string, change: (data: Data) => void, at: RegExp, found: number]>([
    ['one key', (data) => (data.leads.nodes!.find(isTech)!.industryRef = { key: 'retail' }), /^leads\.nodes\[\d+\]\.industry$/, 1],
    ['one key that is null', (data) => (data.leads.nodes!.find(isTech)!.industryRef = null), /^leads\.nodes\[\d+\]\.industry$/, 1],
    ['a node less', (data) => data.leads.nodes!.pop(), /^leads\.nodes$/, 1],
    ['null for the list', (data) => (data.leads.nodes = null), /^leads\.nodes$/, 1],
    ['two nodes in another order', ({ leads: { nodes } }) => nodes!.unshift(nodes!.splice(1, 1)[0]!), /^leads\.nodes\[0\]/, 2],
    ['another count', (data) => data.leads.totalCount++, /^leads\.totalCount$/, 1],
  ])('%s is found', async (_, change, at, least) => {
    const proxy = await startProxy(change);
    try {
      const { exitCode, proof } = await prove(proxy.url);
      const { state, comparison } = proof.get('Leads')!;
      expect({ exitCode, state }).toEqual({ exitCode: 1, state: 'different' });
      expect(comparison.differences[0]!.at).toMatch(at);
      expect(comparison.differencesFound).toBeGreaterThanOrEqual(least);
      expect(proof.get('Tasks')!.state).toBe('proven');
    } finally {
      await proxy.close();
    }
  });

  const isTech = ({ industryRef }: { industryRef: { key: string } | null }) => industryRef?.key === 'tech';

  /** Hands on to the server, and changes what it answers to `Leads` as it is now. */
  async function startProxy(change: (data: Data) => void) {
    const server: Server = createServer((request, response) => {
      void (async () => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        const { query, operationName, variables } = JSON.parse(body) as { query: string; operationName: string; variables: object };
        const answer = await api.send(query, { ...variables }, { token });
        if (operationName === 'Leads' && !/\bindustry\b/.test(query)) change(answer.body.data);
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer.body));
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/graphql`, close: () => new Promise((resolve) => server.close(resolve)) };
  }
});
