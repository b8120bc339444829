import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { countHistory, findChange, type HistoryScope, readHistory } from '../../../src/choice/audit/read-history.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { readThrough } from '../../../src/database/read.ts';
import { listNodes, openStatementLog, type PlanNode, type StatementLog } from '../../harness/statement-log.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { connect } from '../writers.ts';
import { verifyAll } from './chains.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
/** Entries beside those of the choice: half of its tenant and type, half of another tenant. */
const OTHERS = 20_000;
const EDITS = 60;
const PAGE = 21;
/** 8 kB each; the table has more than a thousand. */
const MOST_BUFFERS = 60;
const SLOW = 60_000;

let crm: TestCrm;
let api: StatementLog;
let finance: string;
let energy: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  const [acme, globex] = [crm.tenant('acme').id, crm.tenant('globex').id];
  const owner = await connect(crm.database.ownerUrl);
  const idOf = async (key: string) =>
    (await owner.query<{ id: string }>('SELECT id FROM industry WHERE tenant_id = $1 AND key = $2', [acme, key])).rows[0]!.id;
  [finance, energy] = [await idOf('finance'), await idOf('energy')];
  const edit = (count: number) =>
    owner.query(
      `DO $$ BEGIN FOR round IN 1..${count} LOOP UPDATE industry SET position = position + 1 WHERE id = '${finance}'; END LOOP; END $$`,
    );
  await edit(EDITS / 2);
  await owner.query(
    `INSERT INTO industry (tenant_id, key, label, position) SELECT tenant, 'k' || n, 'L' || n, n FROM unnest($1::uuid[]) AS tenant CROSS JOIN generate_series(1, 900) AS n`,
    [[acme, globex]],
  );
  for (let written = 3_600; written < OTHERS; written += 1_800)
    await owner.query(`UPDATE industry SET position = position + 1 WHERE key LIKE 'k_%'`);
  for (const [id, value] of [
    [finance, 'Banking'],
    [energy, 'Banks'],
    [finance, 'Banks'],
  ])
    await owner.query(
      'INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, legacy_value) DO UPDATE SET choice_id = excluded.choice_id',
      [acme, value, id],
    );
  await owner.query(`UPDATE industry_alias SET choice_id = $1 WHERE legacy_value = 'Banking'`, [energy]);
  await edit(EDITS / 2);
  // Entries that somebody may see differently have to be looked up in the table.
  await waitUntil('the entries are seen by everybody alike', async () => {
    await owner.query('VACUUM ANALYZE choice_change');
    const { rows } = await owner.query(`SELECT FROM pg_class WHERE oid = 'choice_change'::regclass AND relallvisible = relpages`);
    return rows.length === 1;
  });
  await owner.end();
  const role = await ensureAppRole(crm.owner, undefined);
  api = openStatementLog(crm.database.superuserUrl, { role: role.name, 'choices.tenant_id': acme });
}, SLOW);
afterAll(async () => {
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
  await api.close();
  await crm.close();
});

const scope = (choiceId?: string): HistoryScope => ({
  registry: choiceRegistry,
  tenantId: crm.tenant('acme').id,
  type: FIELD.type,
  choiceId,
});

/** What the API's role has a statement cost: entries that were looked at, shown or not, buffers, and scans past the indexes. */
async function measure(work: () => Promise<unknown>) {
  const [statement, ...more] = await api.capture(work);
  expect(more).toEqual([]);
  const plan = (await api.explain(statement!, { analyze: true })) as PlanNode & Readonly<Record<string, number>>;
  const nodes = listNodes(plan).filter((node) => node['Relation Name'] === 'choice_change');
  const rows = nodes.reduce((sum, node) => {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    return sum + (node['Actual Rows']! + removed) * node['Actual Loops']!;
  }, 0);
  const scans = listNodes(plan).filter((node) => /Seq Scan|Bitmap/.test(node['Node Type']));
  return { rows, scans, buffers: plan['Shared Hit Blocks']! + plan['Shared Read Blocks']! };
}

test('a page of one choice reads its own entries, and no more of each part than the page has', async () => {
  for (const before of [undefined, '9000', '500', '2']) {
    const { rows, buffers, scans } = await measure(() => readHistory(readThrough(api.sql), scope(finance), { before, limit: PAGE }));
    expect(scans).toEqual([]);
    expect(rows).toBeLessThanOrEqual(PAGE * 2);
    expect(buffers).toBeLessThan(MOST_BUFFERS);
  }
});

test('its count reads them alone', async () => {
  const count = await countHistory(readThrough(api.sql), scope(finance));
  const { rows, buffers, scans } = await measure(() => countHistory(readThrough(api.sql), scope(finance)));
  expect(scans).toEqual([]);
  expect(rows).toBe(count);
  expect(buffers).toBeLessThan(MOST_BUFFERS);
});

test('one of them is found by its number, and no other is', async () => {
  const find = (sequence: string) => findChange(readThrough(api.sql), scope(finance), sequence);
  const [latest] = await readHistory(readThrough(api.sql), scope(finance), { before: undefined, limit: 1 });
  expect(await find(latest!.sequence)).toEqual(latest);
  expect(await find('5000')).toBeUndefined();
  const { rows, scans } = await measure(() => find(latest!.sequence));
  expect({ rows, scans }).toEqual({ rows: 1, scans: [] });
});

test('page by page they are those of the choice and of the aliases that stand or stood for it, each once', async () => {
  for (const id of [finance, energy]) {
    const { rows } = await crm.owner.pool.query<{ sequence: string }>(
      `SELECT sequence FROM choice_change
       WHERE tenant_id = $1 AND type = 'industry' AND (kind = 'choice' AND object = $2 OR kind = 'alias' AND $2 IN (before ->> 'choice_id', after ->> 'choice_id'))
       ORDER BY sequence DESC`,
      [crm.tenant('acme').id, id],
    );
    const read: string[] = [];
    for (let more = true; more;) {
      const page = await readHistory(readThrough(api.sql), scope(id.toUpperCase()), { before: read.at(-1), limit: 5 });
      read.push(...page.map(({ sequence }) => sequence));
      more = page.length > 0;
    }
    expect(read).toEqual(rows.map(({ sequence }) => sequence));
    expect(await countHistory(readThrough(api.sql), scope(id))).toBe(read.length);
    expect(read.length).toBeGreaterThan(id === finance ? EDITS : 4);
  }
});

test.each(['a page', 'the count'])('%s of a type reads no other tenant’s entries, nor those of other types', async (what) => {
  const type = choiceRegistry.field('Task.status')!.type;
  const of = { ...scope(), type };
  const count = await countHistory(readThrough(api.sql), of);
  expect(count).toBeGreaterThan(PAGE / 2);
  const { rows, buffers, scans } = await measure(() =>
    what === 'a page' ? readHistory(readThrough(api.sql), of, { before: undefined, limit: PAGE }) : countHistory(readThrough(api.sql), of),
  );
  expect(scans).toEqual([]);
  expect(rows).toBeLessThanOrEqual(count);
  expect(buffers).toBeLessThan(MOST_BUFFERS);
});

test('the count of a type that has most entries reads those of its own tenant alone', async () => {
  const count = await countHistory(readThrough(api.sql), scope());
  expect(count).toBeGreaterThan(OTHERS / 3);
  const { rows, scans } = await measure(() => countHistory(readThrough(api.sql), scope()));
  expect(scans).toEqual([]);
  expect(rows).toBe(count);
});
