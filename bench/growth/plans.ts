import { readThrough } from '../../src/database/read.ts';
import { encodeCursor } from '../../src/choice/graphql/cursor.ts';
import { readRules } from '../../src/choice/rules.ts';
import { leadRecord } from '../../src/crm/lead/lead.record.ts';
import { countPage, type PageArguments, readPage } from '../../src/crm/record/record-page.ts';
import { ensureAppRole } from '../../src/database/app-role.ts';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { sql } from 'kysely';
import { listNodes, openStatementLog, type PlanNode } from '../../test/harness/statement-log.ts';

/** How PostgreSQL carries out a page's statement. */
export interface ExplainedPage {
  readonly title: string;
  /** Node types, the outermost first, with the index that they go by. */
  readonly nodes: readonly string[];
  /** Leads that were looked at, shown or not. */
  readonly rowsRead: number;
  /** Whether it goes through the table of leads past all indexes. */
  readonly scans: boolean;
}

const MEMBERS = new Set(['firstName', 'lastName', 'industry', 'industryRef']);

/** Explains, as the restricted role, what the API reads of a tenant. */
export async function explainPages(owner: OwnerDatabase, databaseUrl: string, slug: string): Promise<readonly ExplainedPage[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM tenant WHERE slug = ${slug}`.execute(owner.sql);
  const tenantId = rows[0]!.id;
  const { name: role } = await ensureAppRole(owner, undefined);
  const rules = await readRules(readThrough(owner.sql));
  const { rows: leads } = await sql<{ id: string }>`
    SELECT id FROM lead WHERE tenant_id = ${tenantId} ORDER BY id OFFSET (SELECT count(*) * 9 / 10 FROM lead WHERE tenant_id = ${tenantId}) LIMIT 1`.execute(
    owner.sql,
  );
  const after = encodeCursor('', { values: [], id: leads[0]!.id });
  const log = openStatementLog(databaseUrl, { role, 'choices.tenant_id': tenantId });
  const pages: Readonly<Record<string, PageArguments>> = {
    'the first page': { first: 50 },
    'the last page': { last: 50 },
    'a page after nine tenths': { first: 50, after },
    'of a common choice': { first: 50, filter: { industryRef: { key: ['tech'] } } },
    'of a common choice, after nine tenths': { first: 50, after, filter: { industryRef: { key: ['tech'] } } },
    'of a rare choice': { first: 50, filter: { industryRef: { key: ['finance'] } } },
    'of a common string': { first: 50, filter: { industry: 'tech' } },
    'of a rare string': { first: 50, filter: { industry: 'finance' } },
    'of a choice that no lead has': { first: 50, filter: { industryRef: { key: ['energy'] } } },
    'of no choice': { first: 50, filter: { industryRef: { isNull: true } } },
    'by the label of a choice': { first: 50, orderBy: [{ field: 'INDUSTRY', direction: 'ASC' }] },
    'by name': { first: 50, orderBy: [{ field: 'LAST_NAME', direction: 'DESC' }] },
  };
  try {
    const explained: ExplainedPage[] = [];
    const explain = async (title: string, work: () => Promise<unknown>) => {
      const [statement] = await log.capture(work);
      explained.push({ title, ...describePlan(await log.explain(statement!, { analyze: true })) });
    };
    const read = readThrough(log.sql);
    for (const [title, page] of Object.entries(pages))
      await explain(title, () => readPage(read, tenantId, rules, leadRecord, page, MEMBERS));
    await explain('how many there are', () => countPage(read, tenantId, rules, leadRecord, null));
    await explain('how many there are of a rare choice', () =>
      countPage(read, tenantId, rules, leadRecord, { industryRef: { key: ['finance'] } }),
    );
    return explained;
  } finally {
    await log.close();
  }
}

function describePlan(plan: PlanNode): Omit<ExplainedPage, 'title'> {
  const nodes = listNodes(plan);
  const ofLeads = nodes.filter((node) => node['Relation Name'] === leadRecord.table || node['Index Name']?.startsWith('lead_'));
  const count = (node: PlanNode) => ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1);
  return {
    nodes: nodes.map((node) => [node['Node Type'], node['Index Name'] ?? node['Relation Name']].filter(Boolean).join(' ')),
    rowsRead: Math.round(ofLeads.reduce((sum, node) => sum + count(node), 0)),
    scans: ofLeads.some((node) => /Seq Scan$/.test(node['Node Type'])),
  };
}
