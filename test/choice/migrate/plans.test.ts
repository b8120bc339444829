import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { snakeCase } from '../../../src/choice/choice-field.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { countRecords } from '../../../src/choice/migrate/report.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import type { RunOptions } from '../../../src/choice/migrate/run.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { readRules } from '../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { leadRecord } from '../../../src/crm/lead/lead.record.ts';
import { encodeCursor } from '../../../src/choice/graphql/cursor.ts';
import { type PageArguments, readPage } from '../../../src/crm/record/record-page.ts';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import type { Sql } from '../../../src/database/owner-database.ts';
import { readThrough } from '../../../src/database/read.ts';
import { listNodes, type LoggedStatement, openStatementLog, type PlanNode, type StatementLog } from '../../harness/statement-log.ts';
import { createLargeLeads, type LargeLeads } from './large-leads.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
/** Rows that a statement may sort: those of a batch. A tenant has twice as many. */
const BATCH = 5_000;
/** For 50 rows, of 10,000. */
const MOST_ROWS_OF_A_PAGE = 500;
const SLOW = 120_000;

let leads: LargeLeads;
let owner: StatementLog;
let api: StatementLog;
beforeAll(async () => {
  leads = await createLargeLeads();
  const { database, owner: db, tenant } = leads.crm;
  owner = openStatementLog(database.ownerUrl);
  const role = await ensureAppRole(db, undefined);
  api = openStatementLog(database.superuserUrl, { role: role.name, 'choices.tenant_id': tenant('tenant-1').id });
}, SLOW);
afterAll(async () => {
  await Promise.all([owner.close(), api.close()]);
  await leads.close();
});

const scope = () => ({ ...leads.scope, fields: [FIELD] });
const contract = (db: Sql, run: RunOptions) => contractFields(db, scope(), { ...run, window: 1, force: true, reason: 'a test' });
const rollBack = (db: Sql, run: RunOptions) => rollbackFields(db, scope(), { ...run, to: 'preferred' });

/** What no statement may do with the rows of a tenant: read past their indexes, or sort them. */
function findMisdeeds(plan: PlanNode): string[] {
  const isOfRecords = (node: PlanNode) => node['Relation Name'] === FIELD.table;
  return listNodes(plan).flatMap((node) => {
    const scans = /Seq Scan$/.test(node['Node Type']) && isOfRecords(node);
    const sorts = /Sort$/.test(node['Node Type']) && node['Plan Rows'] > BATCH && listNodes(node).some(isOfRecords);
    return scans || sorts ? [`${node['Node Type']} of ${node['Plan Rows']} rows`] : [];
  });
}

/** Rows of the table that were looked at, shown or not. */
function countRowsRead(plan: PlanNode): number {
  return listNodes(plan)
    .filter((node) => node['Relation Name'] === FIELD.table)
    .reduce((sum, node) => {
      const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      return sum + (node['Actual Rows']! + removed) * node['Actual Loops']!;
    }, 0);
}

/** Runs `work`, and expects of all its statements about rows, which are to be `least` or more, that indexes serve them. */
async function expectIndexes(least: number, work: (db: Sql) => Promise<unknown>): Promise<void> {
  const isAboutRows = ({ text }: LoggedStatement) =>
    /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text) && text.includes(`"${FIELD.table}"`);
  const statements = (await owner.capture(() => work(owner.sql))).filter(isAboutRows);
  const wrong: [string, string[]][] = [];
  for (const statement of statements) {
    const misdeeds = findMisdeeds(await owner.explain(statement));
    if (misdeeds.length > 0) wrong.push([statement.text.trim(), misdeeds]);
  }
  expect(wrong).toEqual([]);
  expect(statements.length).toBeGreaterThanOrEqual(least);
}

/** Ends a step after some batches, so that the columns which its statements name are there to be explained. */
async function cutOff(step: (run: RunOptions) => Promise<unknown>): Promise<void> {
  let batches = 0;
  const onProgress = () => {
    if (++batches > 4) throw new Error('cut off');
  };
  await expect(step({ ...leads.crm.run, onProgress })).rejects.toThrow('cut off');
}

const MEMBERS = new Set(['firstName', 'industry', 'industryRef']);

/** Reads a page of the first tenant: its statement, the plan of that, and the cursor of the last row. */
async function explainPage(page: PageArguments): Promise<{ statement: string; plan: PlanNode; end: string }> {
  const rules = await readRules(readThrough(leads.crm.owner.sql));
  const tenantId = leads.crm.tenant('tenant-1').id;
  let end = '';
  const [statement] = await api.capture(async () => {
    const { nodes, cursorAt } = await readPage(readThrough(api.sql), tenantId, rules, leadRecord, page, MEMBERS);
    if (nodes.length > 0) end = cursorAt(nodes.length - 1);
  });
  return { statement: statement!.text, plan: await api.explain(statement!, { analyze: true }), end };
}

function describeReads(): void {
  test('verification', () => expectIndexes(4, (db) => verifyRecords(db, leads.scope)), SLOW);
  test('status', () => expectIndexes(4, (db) => countRecords(db, leads.scope)), SLOW);

  test(
    'a verification counts rows by indexes alone',
    async () => {
      const statements = await owner.capture(() => verifyRecords(owner.sql, scope()));
      const counting = statements.filter(({ text }) => text.includes('counted.*'));
      expect(counting).toHaveLength(1);
      const nodes = listNodes(await owner.explain(counting[0]!, { analyze: true })).filter(
        (node) => node['Relation Name'] === FIELD.table && node['Actual Rows']! * node['Actual Loops']! > BATCH * 3,
      );
      expect(new Set(nodes.map((node) => `${node['Node Type']}, ${node['Heap Fetches']} rows`))).toEqual(
        new Set(['Index Only Scan, 0 rows']),
      );
    },
    SLOW,
  );

  const FILTERS = {
    'no filter': {},
    'a string that a key restores': { industry: 'finance' },
    'a string that no key restores': { industry: 'telecom' },
    'a string that few have': { industry: 'merged' },
    'a string that nobody has': { industry: 'nonsense' },
    'a choice': { industryRef: { key: ['finance'] } },
    'a choice that few have': { industryRef: { key: ['energy'] } },
    'a choice that nobody has': { industryRef: { key: ['education'] } },
    'several choices': { industryRef: { key: ['finance', 'tech'] } },
    'no choice': { industryRef: { isNull: true } },
    'a string and a choice': { industry: 'telecom', industryRef: { key: ['tech'] } },
  };
  const middle = encodeCursor('', { values: [], id: '00001388-0000-7000-8000-000000000000' });
  const PAGES: Readonly<Record<string, PageArguments>> = {
    'the first page': { first: 50 },
    'the last page': { last: 50 },
    'a page after the middle': { first: 50, after: middle },
    'a page before the middle': { last: 50, before: middle },
  };

  describe.each(Object.entries(FILTERS))('by %s', (_name, filter) => {
    test.each(Object.entries(PAGES))('%s', async (_page, page) => {
      const { statement, plan } = await explainPage({ ...page, filter });
      expect([statement, findMisdeeds(plan)]).toEqual([statement, []]);
      expect(countRowsRead(plan)).toBeLessThan(MOST_ROWS_OF_A_PAGE);
    });
  });

  test.each(leadRecord.orderable.flatMap((property) => ['ASC', 'DESC'].map((direction) => [property, direction])))(
    'in order of %s %s: the first page, the last one, and those beside the 500th row',
    async (property, direction) => {
      const orderBy = [{ field: snakeCase(property).toUpperCase(), direction }] as PageArguments['orderBy'];
      const { end } = await explainPage({ first: 500, orderBy });
      for (const page of [{ first: 50 }, { last: 50 }, { first: 50, after: end }, { last: 50, before: end }]) {
        const { statement, plan } = await explainPage({ ...page, orderBy });
        expect([statement, findMisdeeds(plan)]).toEqual([statement, []]);
        // Comparisons of numbers of any length are not leakproof: under row-level security they only filter what the index has in order.
        if (leadRecord.column(property).kind === 'numeric' && ('after' in page || 'before' in page)) continue;
        expect(countRowsRead(plan)).toBeLessThan(MOST_ROWS_OF_A_PAGE);
      }
    },
  );
}

function describeWrites(key: string): void {
  test(
    'remapping',
    () => {
      const tenant = leads.crm.tenant('tenant-2');
      const mapping = { registry: choiceRegistry, field: FIELD, tenant, pairs: [{ value: 'telecom', key }], remap: true };
      return expectIndexes(2, (db) => mapValues(db, mapping, leads.crm.run));
    },
    SLOW,
  );
  test('backfill', () => expectIndexes(4, (db) => migrateRecords(db, scope(), leads.crm.run)), SLOW);
}

describe('indexes serve, with the legacy column there,', () => {
  describeReads();
  describeWrites('retail');
});

describe('indexes serve, on the way to the archive,', () => {
  test(
    'the batches that fill it',
    async () => {
      await preferFields(leads.crm.owner.sql, scope(), leads.crm.run);
      await expectIndexes(4, (db) => cutOff((run) => contract(db, run)));
    },
    SLOW,
  );
  test('verification', () => expectIndexes(1, (db) => verifyRecords(db, scope())), SLOW);
});

describe('indexes serve, without the legacy column,', () => {
  beforeAll(async () => {
    await contract(leads.crm.owner.sql, leads.crm.run);
    await leads.vacuum();
  }, SLOW);
  describeReads();
  describeWrites('energy');
});

test(
  'indexes serve, on the way back to the column, the batches that fill it',
  () => expectIndexes(3, (db) => cutOff((run) => rollBack(db, run))),
  SLOW,
);
