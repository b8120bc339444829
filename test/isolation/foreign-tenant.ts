import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { createUsageRecorder } from '../../src/evolution/usage/usage-recorder.ts';
import type { TestApi } from '../harness/test-api.ts';
import type { TestCrm } from '../harness/test-crm.ts';

/** In every text of the other tenant, and in nothing else. */
export const MARK = 'Zq7marked';
const MARK_KEY = MARK.toLowerCase();
/** What a client of the other tenant calls itself. */
export const MARK_CLIENT = 'Zq7client';

/** What somebody of another tenant may have learnt and tries here: every kind of id, and cursors. */
export interface ForeignValues {
  readonly records: readonly string[];
  readonly choices: readonly string[];
  readonly keys: readonly string[];
  readonly cursors: readonly string[];
}

/** Fills a tenant with records and choices in which every text carries the mark, and collects what they can be named by. */
export async function createForeignTenant(crm: TestCrm, api: TestApi, slug: string): Promise<ForeignValues> {
  const tenant = crm.tenant(slug).id;
  const query = async (text: string, ...values: unknown[]) =>
    (await crm.owner.pool.query<{ id: string }>(text, [tenant, ...values])).rows.map(({ id }) => id);
  await query('UPDATE tenant SET name = $2 WHERE id = $1', MARK);
  const choices: string[] = [];
  for (const { table, aliasTable, extra } of choiceRegistry.types) {
    const marked = Object.entries(extra)
      .filter(([, { type }]) => type === 'text')
      .map(([name]) => `${name} = '${MARK}'`);
    await query(`UPDATE ${table} SET ${["label = label || ' " + MARK + "'", ...marked].join(', ')} WHERE tenant_id = $1`);
    await query(`INSERT INTO ${table} (tenant_id, key, label, position) VALUES ($1, $2, $3, 50)`, MARK_KEY, MARK);
    await query(
      `INSERT INTO ${aliasTable} (tenant_id, legacy_value, choice_id) SELECT $1, $2, id FROM ${table} WHERE tenant_id = $1 AND key = $3`,
      MARK,
      MARK_KEY,
    );
    choices.push(...(await query(`SELECT id FROM ${table} WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1`)));
  }
  const marks = `(VALUES ('${MARK}')) AS marks (mark)`;
  const [account] = await query(
    `INSERT INTO account (tenant_id, legacy_id, name, website, country, industry, tier) SELECT $1, mark, mark, mark, mark, mark, mark FROM ${marks} RETURNING id`,
  );
  const [lead] = await query(
    `INSERT INTO lead (tenant_id, legacy_id, first_name, last_name, email, phone, company, job_title, country, industry, lead_source, status, marketing_channel)
     SELECT $1, mark, mark, mark, mark, mark, mark, mark, mark, mark, mark, mark, mark FROM ${marks} RETURNING id`,
  );
  const [opportunity] = await query(
    `INSERT INTO opportunity (tenant_id, legacy_id, name, account_id, deal_size_category) SELECT $1, mark, mark, $2, mark FROM ${marks} RETURNING id`,
    account,
  );
  const [task] = await query(
    `INSERT INTO task (tenant_id, legacy_id, title, lead_id, priority, status, task_type) SELECT $1, mark, mark, $2, mark, mark, mark FROM ${marks} RETURNING id`,
    lead,
  );

  const recorder = await createUsageRecorder(crm.owner.sql, { isDeprecated: () => true });
  recorder.record({
    version: '2026-11',
    pinned: false,
    operation: MARK_CLIENT,
    client: MARK_CLIENT,
    clientVersion: MARK_CLIENT,
    tenantId: tenant,
    used: { explicit: ['Lead.industry'], defaulted: [] },
  });
  await recorder.flush();
  await recorder.close();

  const token = await api.token(slug, 'reader');
  const orders = ['', ', orderBy: { field: CREATED_AT }'];
  const pages = await Promise.all(
    ['leads', 'accounts', 'opportunities', 'tasks'].flatMap((list) =>
      orders.map((order) => api.send(`{ ${list}(first: 1${order}) { pageInfo { endCursor } } }`, {}, { token })),
    ),
  );
  const cursors = pages.map(({ body }) => Object.values<{ pageInfo: { endCursor: string } }>(body.data)[0]!.pageInfo.endCursor);
  return { records: [account!, lead!, opportunity!, task!], choices, keys: [MARK_KEY, MARK], cursors };
}
