import type { ChoiceField } from '../../src/choice/choice-field.ts';
import { restoredExpression } from '../../src/choice/derive/legacy-value.ts';
import { writeFunctionName } from '../../src/choice/derive/write-function.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import type { TestApi } from '../harness/test-api.ts';
import type { TestCrm } from '../harness/test-crm.ts';

/** The plain members that a new record of each kind needs; `account` is an id that the tenant has. */
export const REQUIRED: Readonly<Record<string, (account: string) => Record<string, unknown>>> = {
  Lead: () => ({ firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', company: 'Engines' }),
  Account: () => ({ name: 'Engines' }),
  Opportunity: (accountId) => ({ name: 'Deal', accountId }),
  Task: () => ({ title: 'Call' }),
};

/** Inserts a record behind the API's back and returns its id. */
export async function insertRecord(
  crm: TestCrm,
  table: string,
  values: Readonly<Record<string, unknown>>,
  tenant = 'acme',
): Promise<string> {
  const needed: Record<string, Record<string, unknown>> = {
    lead: { first_name: 'Ada', last_name: 'L', email: 'a@b', company: 'Engines', industry: 'tech', lead_source: 'web' },
    account: { name: 'Engines' },
    opportunity: { name: 'Deal' },
    task: { title: 'Call', task_type: 'custom' },
  };
  const row = { ...needed[table], ...values, tenant_id: crm.tenant(tenant).id };
  if (table === 'opportunity' && !('account_id' in row)) Object.assign(row, { account_id: await insertRecord(crm, 'account', {}, tenant) });
  const gone = await listGone(crm, table);
  const isGone = (column: string) => gone.some((field) => field.legacyColumn === column);
  const given = Object.entries(row).filter(([column]) => !isGone(column));
  for (const field of gone) if (field.required) given.push([field.refColumn, await choiceId(crm, field, field.hardcoded[0]![0], tenant)]);
  const { rows } = await crm.owner.pool.query<{ id: string }>(
    `INSERT INTO ${table} (${given.map(([column]) => column).join(', ')}) VALUES (${given.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id`,
    given.map(([, value]) => value),
  );
  const { id } = rows[0]!;
  for (const field of gone)
    if (field.legacyColumn in row) await writeLegacy(crm, field, id, (row as Record<string, string | null>)[field.legacyColumn]!);
  return id;
}

/** Writes a legacy string behind the API's back, wherever it is kept. */
export async function writeLegacy(crm: TestCrm, field: ChoiceField, id: string, value: string | null): Promise<void> {
  if ((await listGone(crm, field.table)).includes(field))
    await crm.owner.pool.query(`SELECT ${writeFunctionName(field)}(tenant_id, id, $2) FROM ${field.table} WHERE id = $1`, [id, value]);
  else await crm.owner.pool.query(`UPDATE ${field.table} SET ${field.legacyColumn} = $2 WHERE id = $1`, [id, value]);
}

/** The fields of a table whose legacy column is not there. */
async function listGone(crm: TestCrm, table: string): Promise<ChoiceField[]> {
  const { rows } = await crm.owner.pool.query<{ name: string }>(
    'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
    [table],
  );
  const names = rows.map(({ name }) => name);
  return choiceRegistry.fields.filter((field) => field.table === table && !names.includes(field.legacyColumn));
}

/** The id of a choice. */
export async function choiceId(crm: TestCrm, field: ChoiceField, key: string, tenant = 'acme'): Promise<string> {
  const { rows } = await crm.owner.pool.query<{ id: string }>(`SELECT id FROM ${field.type.table} WHERE tenant_id = $1 AND key = $2`, [
    crm.tenant(tenant).id,
    key,
  ]);
  return rows[0]!.id;
}

/**
 * A row as it is stored, with what the archive has of it, physical versions included: equal only if nobody wrote it. Strings are
 * under the names of their columns, also where these are gone.
 */
export async function readStored(crm: TestCrm, table: string, id: string): Promise<Record<string, unknown>> {
  const gone = (await listGone(crm, table)).map((field) => `, ${restoredExpression(field)} AS ${field.legacyColumn}`);
  const archived = `(SELECT jsonb_agg(to_jsonb(archive) || jsonb_build_object('xmin', archive.xmin::text) ORDER BY field) FROM choice_archive AS archive WHERE record_id = record.id)`;
  const { rows } = await crm.owner.pool.query<Record<string, unknown>>(
    `SELECT record.*, record.xmin::text AS xmin, ${archived} AS archived ${gone.join(' ')} FROM ${table} AS record WHERE id = $1`,
    [id],
  );
  return rows[0]!;
}

/** One hash over every row of every tenant table, physical versions included: unchanged only if nothing was written. */
export async function hashRows(crm: TestCrm, tenant?: string): Promise<string> {
  const tables = [
    ...new Set([
      ...choiceRegistry.fields.map((field) => field.table),
      ...choiceRegistry.types.flatMap((type) => [type.table, type.aliasTable]),
      'choice_archive',
      'choice_tenant_state',
      'choice_acceptance',
    ]),
  ];
  const own = tenant === undefined ? '' : `WHERE tenant_id = '${crm.tenant(tenant).id}'`;
  const hashes = tables.map(
    (table) =>
      `SELECT '${table}' AS name, md5(coalesce(string_agg(xmin::text || to_jsonb(${table})::text, '' ORDER BY to_jsonb(${table})::text), '')) AS hash FROM ${table} ${own}`,
  );
  const { rows } = await crm.owner.pool.query<{ name: string; hash: string }>(`${hashes.join(' UNION ALL ')} ORDER BY name`);
  return rows.map((row) => `${row.name} ${row.hash}`).join('\n');
}

/** Creates a record through the API; the answer's record or its first error's code. */
export async function create(
  api: TestApi,
  field: ChoiceField,
  input: Readonly<Record<string, unknown>>,
  options?: { path?: string; token?: string },
) {
  return answer(
    await api.send(
      `mutation ($input: Create${field.owner}Input!) { create${field.owner}(input: $input) { record: ${field.table} { id version ${selection(field)} } } }`,
      { input },
      options,
    ),
    `create${field.owner}`,
  );
}

/** Updates a record through the API; the answer's record or its first error's code. */
export async function update(
  api: TestApi,
  field: ChoiceField,
  id: string,
  input: Readonly<Record<string, unknown>>,
  options?: { path?: string; token?: string },
) {
  return answer(
    await api.send(
      `mutation ($id: ID!, $input: Update${field.owner}Input!) { update${field.owner}(id: $id, input: $input) { record: ${field.table} { id version ${selection(field)} } } }`,
      { id, input },
      options,
    ),
    `update${field.owner}`,
  );
}

/** The members of one field under names that are the same for every field. */
export function selection(field: ChoiceField): string {
  return `legacy: ${field.legacy} ref: ${field.ref} { id key label } label: ${field.label}`;
}

function answer({ body }: Awaited<ReturnType<TestApi['send']>>, mutation: string) {
  return body.errors
    ? { code: body.errors[0].extensions.code as string, error: body.errors[0] }
    : { code: undefined, record: body.data[mutation].record };
}
