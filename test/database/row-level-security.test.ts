import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { insertRecord } from '../choice/records.ts';
import { connect, createWriterDatabase, type WriterDatabase } from '../choice/writers.ts';

const RECORDS = ['account', 'lead', 'opportunity', 'task'];
const CHOICES = choiceRegistry.types.flatMap((type) => [type.table, type.aliasTable]);
const WRITABLE = [...RECORDS, ...CHOICES, 'choice_archive', 'choice_default', 'choice_merge', 'choice_merge_row'];
/** Tables of which every tenant reads the same rows. */
const SHARED = ['choice_field_state', 'choice_installation'];
/** The API reads these, and only the owner writes them. */
const READABLE = [
  'tenant',
  'choice_tenant_state',
  'choice_phase_change',
  'choice_change',
  'choice_acceptance',
  'choice_quarantine',
  ...SHARED,
];
const TABLES = [...WRITABLE, ...READABLE];
/** Nobody but the owner has to do with these: the API's role has no right to them. */
const OWNERS = [
  'choice_chain',
  'choice_dropped_column',
  'choice_revision',
  'choice_pace',
  'choice_process',
  'choice_legacy_writer',
  'choice_verification',
  'choice_run',
  'usage_shape',
  'usage_hour',
  'usage_collector',
  'usage_collector_hour',
  'usage_collector_end',
  'usage_retention',
  'api_client',
  'client_document',
  'migration',
  'migration_lock',
];

const NEW_ID = '00000000-0000-7000-8000-000000000001';

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
  for (const tenant of [database.tenantId, database.otherTenantId]) {
    for (const field of choiceRegistry.fields) await insertRecord(database.owner, field, tenant, { legacy: 'Mystery' });
    await database.owner.query(
      `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by) VALUES ($1, 'Lead.industry', 'Mystery', 'x', 'x')`,
      [tenant],
    );
    await database.owner.query(
      `INSERT INTO choice_archive (tenant_id, field, record_id, legacy_value) SELECT tenant_id, 'Lead.industry', id, industry FROM lead WHERE tenant_id = $1`,
      [tenant],
    );
    await database.owner.query(
      `WITH choice AS (SELECT tenant_id, id FROM industry WHERE tenant_id = $1 AND merged_into_id IS NULL AND deleted_at IS NULL LIMIT 1),
       given AS (INSERT INTO choice_default SELECT tenant_id, 'Lead.industry', id FROM choice),
       merge AS (
         INSERT INTO choice_merge (tenant_id, type, loser_id, survivor_id, merged_by)
         SELECT tenant_id, 'industry', id, tenant_id, 'x' FROM choice RETURNING tenant_id, id
       ),
       moved AS (INSERT INTO choice_merge_row SELECT tenant_id, id, 'Lead.industry', id FROM merge)
       INSERT INTO choice_quarantine (tenant_id, field, record_id, error) SELECT tenant_id, 'Lead.industry', id, 'x' FROM merge`,
      [tenant],
    );
  }
});
afterAll(() => database.close());

/** How a session names its tenant, and whose rows it then has. */
const SESSIONS = [
  ['its own tenant', () => `SET LOCAL choices.tenant_id = '${database.tenantId}'`, () => [database.tenantId]],
  ['no tenant', () => `SELECT 1`, () => []],
  ['an empty tenant', () => `SET LOCAL choices.tenant_id = ''`, () => []],
  ['no one’s tenant', () => `SET LOCAL choices.tenant_id = '00000000-0000-7000-8000-000000000000'`, () => []],
] as const;

async function inTransaction<Result>(set: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = database.as('the API’s role without a tenant');
  await client.query('BEGIN');
  try {
    await client.query(set);
    return await work(client);
  } finally {
    await client.query('ROLLBACK');
  }
}

test('every table that holds anybody’s rows is tried here', async () => {
  const { rows } = await database.owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relname`,
  );
  expect(rows.map(({ name }) => name)).toEqual([...TABLES, ...OWNERS].sort());
});

describe.each(SESSIONS)('with %s set', (_, set, whose) => {
  test.each(TABLES.filter((table) => !SHARED.includes(table)))('%s shows the rows of that tenant only', async (table) => {
    const tenant = table === 'tenant' ? 'id' : 'tenant_id';
    const { rows } = await inTransaction(set(), (client) =>
      client.query<{ tenant: string }>(`SELECT DISTINCT ${tenant} AS tenant FROM ${table} WHERE ${tenant} IS NOT NULL`),
    );
    expect(rows.map((row) => row.tenant)).toEqual(whose());
  });

  test.each(WRITABLE)('no row of another tenant in %s can be updated, deleted or locked', async (table) => {
    const { rows } = await inTransaction(set(), (client) =>
      client.query(`SELECT FROM ${table} WHERE tenant_id = $1 FOR UPDATE`, [database.otherTenantId]),
    );
    expect(rows).toEqual([]);
    for (const statement of [`UPDATE ${table} SET tenant_id = tenant_id WHERE tenant_id = $1`, `DELETE FROM ${table} WHERE tenant_id = $1`])
      expect(await inTransaction(set(), (client) => client.query(statement, [database.otherTenantId]))).toMatchObject({ rowCount: 0 });
  });

  test.each(WRITABLE)('no row can be put into another tenant’s %s', async (table) => {
    const copy = `INSERT INTO ${table} SELECT (jsonb_populate_record(NULL::${table}, $1)).*`;
    const { rows } = await database.owner.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(record) AS row FROM ${table} AS record WHERE tenant_id = $1 LIMIT 1`,
      [database.otherTenantId],
    );
    const values = {
      ...rows[0]!.row,
      ...('id' in rows[0]!.row ? { id: NEW_ID } : { legacy_value: 'another', record_id: NEW_ID }),
      merged_into_id: null,
    };
    await expect(inTransaction(set(), (client) => client.query(copy, [values]))).rejects.toMatchObject({ code: '42501' });
  });

  test.each(READABLE)('nothing of %s can be written', async (table) => {
    const column = { tenant: 'name', choice_installation: 'id', choice_change: 'reason' }[table] ?? 'field';
    for (const statement of [`UPDATE ${table} SET ${column} = ${column}`, `DELETE FROM ${table}`])
      if (table === 'choice_change')
        await expect(inTransaction(set(), (client) => client.query(statement))).rejects.toMatchObject({ code: '42501' });
      else expect(await inTransaction(set(), (client) => client.query(statement))).toMatchObject({ rowCount: 0 });
    const { rows: written } = await database.owner.query<{ names: string }>(
      `SELECT string_agg(quote_ident(attname), ', ') AS names FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      [table],
    );
    const { names } = written[0]!;
    const copy = `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM jsonb_populate_record(NULL::${table}, $1)`;
    const { rows } = await database.owner.query<{ row: unknown }>(`SELECT to_jsonb(record) AS row FROM ${table} AS record LIMIT 1`);
    await expect(inTransaction(set(), (client) => client.query(copy, [rows[0]!.row]))).rejects.toMatchObject({ code: '42501' });
  });
});

test.each(RECORDS)('no row of %s can be given to another tenant', async (table) => {
  const { rows } = await database.owner.query<{ id: string }>(`SELECT id FROM ${table} WHERE tenant_id = $1 LIMIT 1`, [database.tenantId]);
  await expect(
    inTransaction(SESSIONS[0][1](), (client) =>
      client.query(`UPDATE ${table} SET tenant_id = $2 WHERE id = $1`, [rows[0]!.id, database.otherTenantId]),
    ),
  ).rejects.toMatchObject({ code: '42501' });
});

test('a tenant that is no id is an error, not everybody', async () => {
  await expect(inTransaction(`SET LOCAL choices.tenant_id = 'acme'`, (client) => client.query('SELECT FROM lead'))).rejects.toMatchObject({
    code: '22P02',
  });
});

test.each(OWNERS)('%s has no row-level security, and needs none: nobody else has a right to it', async (table) => {
  const { rows } = await database.owner.query<{ secured: boolean; grants: string[] }>(
    `SELECT relrowsecurity AS secured, ARRAY(
       SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE table_schema = 'public' AND table_name = relname AND grantee <> 'choices_owner'
     )::text[] AS grants
     FROM pg_class WHERE oid = $1::regclass`,
    [table],
  );
  expect(rows).toEqual([{ secured: false, grants: [] }]);
});

describe('the API’s role cannot', () => {
  test.each([
    ...TABLES.map((table) => `TRUNCATE ${table} CASCADE`),
    ...OWNERS.flatMap((table) => [`SELECT FROM ${table}`, `DELETE FROM ${table}`]),
    'CREATE TABLE public.lead_copy (id int)',
    'CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$SELECT $1$$',
    'CREATE SCHEMA evil',
    'ALTER TABLE lead DISABLE TRIGGER ALL',
    'ALTER TABLE lead DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE lead ADD COLUMN x int',
    'CREATE POLICY evil ON lead USING (true)',
    'DROP POLICY tenant_isolation ON lead',
    'CREATE TRIGGER evil BEFORE INSERT ON lead FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'DROP TABLE lead',
    'SET session_replication_role = replica',
    'SET ROLE choices_owner',
    'ALTER ROLE CURRENT_USER BYPASSRLS',
    `CALL create_choice_type('evil', 10)`,
    `CALL isolate_tenants('lead')`,
    'LOCK TABLE lead IN ACCESS EXCLUSIVE MODE; DROP TABLE lead',
    `COPY lead FROM PROGRAM 'true'`,
  ])('%s', async (statement) => {
    const login = await connectAsApp();
    try {
      await expect(login.query(statement)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await login.end();
    }
  });

  test('see a row with row_security off: it is refused', async () => {
    await expect(inTransaction('SET LOCAL row_security = off', (client) => client.query('SELECT FROM lead'))).rejects.toMatchObject({
      code: '42501',
    });
  });
});

/** Logged in as the role, not become it: SET ROLE goes by who logged in. */
async function connectAsApp(): Promise<pg.Client> {
  const url = new URL(database.crm.database.superuserUrl);
  const superuser = await connect(url.href);
  const role = `${database.crm.database.name}_app`;
  await superuser.query(`ALTER ROLE ${role} LOGIN PASSWORD 'app'`);
  await superuser.end();
  url.username = role;
  url.password = 'app';
  return connect(url.href);
}
