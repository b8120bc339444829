import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureAppRole } from '../../src/database/app-role.ts';
import { checkAppRole } from '../../src/database/check-app-role.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { OWNER } from '../harness/owner-role.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

let database: TestDatabase;
let owner: OwnerDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = openOwnerDatabase(database.ownerUrl);
});
afterAll(async () => {
  await owner.close();
  await database.drop();
});

const name = () => `${database.name}_app`;
const asSuperuser = (statement: string) => runAsSuperuser(database.superuserUrl, (client) => client.query(statement));
afterEach(async () => {
  for (const role of [name(), `${name()}_other`])
    await asSuperuser(`DO $$ BEGIN DROP OWNED BY "${role}"; DROP ROLE "${role}"; EXCEPTION WHEN undefined_object THEN NULL; END $$`);
});

test('it is named after the database, may log in nowhere, and the owner may become it', async () => {
  expect(await ensureAppRole(owner, undefined)).toEqual({ name: name() });
  const { rows } = await owner.pool.query(
    'SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = $1',
    [name()],
  );
  expect(rows).toEqual([{ rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false }]);
  await owner.pool.query(`BEGIN; SET LOCAL ROLE ${name()}; COMMIT`);
  await checkAppRole(owner.sql, name());
});

test('it can be made again, and by many at once', async () => {
  const roles = await Promise.all(Array.from({ length: 4 }, () => ensureAppRole(owner, undefined)));
  expect(new Set(roles.map((role) => [role.name, role.warning].join()))).toEqual(new Set([`${name()},`]));
});

test('it may use exactly the tables that row-level security guards, and truncate none', async () => {
  await ensureAppRole(owner, undefined);
  const { rows } = await owner.pool.query<{ table: string; guarded: boolean; rights: string }>(
    `SELECT relname AS table, relrowsecurity AS guarded,
            concat_ws(',', (SELECT string_agg(privilege, ',') FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege WHERE has_table_privilege($1, oid, privilege))) AS rights
     FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`,
    [name()],
  );
  // What runs the migrations, the migration engine, and the record of usage: nobody's but the owner's.
  const engine = 'chain dropped_column legacy_writer pace process revision run verification'.split(' ').map((name) => `choice_${name}`);
  const usage = 'collector collector_end collector_hour hour retention shape'.split(' ').map((name) => `usage_${name}`);
  const unguarded = ['api_client', ...engine, 'client_document', 'migration', 'migration_lock', ...usage];
  expect(rows.filter(({ guarded }) => !guarded)).toEqual(unguarded.map((table) => ({ table, guarded: false, rights: '' })));
  for (const { guarded, rights } of rows) expect(rights).toBe(guarded ? 'SELECT,INSERT,UPDATE,DELETE' : '');
});

describe('a role that is there already', () => {
  test('is granted by the administrator whom the warning tells what to run', async () => {
    await asSuperuser(`CREATE ROLE ${name()} NOLOGIN`);
    const { warning } = await ensureAppRole(owner, undefined);
    expect(warning).toContain(`GRANT "${name()}" TO "${OWNER}";`);
    await asSuperuser(`GRANT "${name()}" TO "${OWNER}"`);
    expect(await ensureAppRole(owner, undefined)).toEqual({ name: name() });
  });

  test('and may be granted but not yet become by the owner is completed', async () => {
    await owner.pool.query(`CREATE ROLE ${name()} NOLOGIN`);
    expect(await ensureAppRole(owner, undefined)).toEqual({ name: name() });
    await owner.pool.query(`BEGIN; SET LOCAL ROLE ${name()}; COMMIT`);
  });
});

test('an owner that may create no roles is told the SQL to run, and DATABASE_APP_URL', async () => {
  const poor = `${database.name}_poor`;
  await asSuperuser(`CREATE ROLE ${poor} LOGIN PASSWORD 'poor'`);
  const url = new URL(database.ownerUrl);
  url.username = poor;
  url.password = 'poor';
  const owned = openOwnerDatabase(url.href);
  const { warning } = await ensureAppRole(owned, undefined);
  await owned.close();
  await asSuperuser(`DROP ROLE ${poor}`);
  expect(warning).toContain(
    `CREATE ROLE "${name()}" NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; GRANT "${name()}" TO "${poor}";`,
  );
  expect(warning).toContain('DATABASE_APP_URL');
});

test('DATABASE_APP_URL names a role that has to be there, and gets its grants', async () => {
  const url = `postgres://${encodeURIComponent(`${name()}_other`)}@127.0.0.1/x`;
  expect((await ensureAppRole(owner, url)).warning).toContain(`CREATE ROLE "${name()}_other" LOGIN`);
  await asSuperuser(`CREATE ROLE ${name()}_other LOGIN`);
  expect(await ensureAppRole(owner, url)).toEqual({ name: `${name()}_other` });
});

describe('a role that could get round row-level security is refused', () => {
  test.each([
    ['a superuser', 'SUPERUSER', '', 'is a superuser'],
    ['one with BYPASSRLS', 'BYPASSRLS', '', 'BYPASSRLS'],
    ['one that may create roles', 'CREATEROLE', '', 'CREATEROLE'],
    ['one that may become the owner', 'NOINHERIT', OWNER, 'may act as the owner'],
    ['one that may become a role with BYPASSRLS', 'NOINHERIT', 'other', 'BYPASSRLS'],
  ])('%s', async (_, attribute, member, message) => {
    await asSuperuser(`CREATE ROLE ${name()}_other BYPASSRLS; CREATE ROLE ${name()} ${attribute}`);
    if (member !== '') await asSuperuser(`GRANT ${member === 'other' ? `${name()}_other` : member} TO ${name()}`);
    await expect(checkAppRole(owner.sql, name())).rejects.toMatchObject({
      name: 'OperationError',
      message: expect.stringContaining(message),
    });
  });

  test('one that does not exist', async () => {
    await expect(checkAppRole(owner.sql, name())).rejects.toThrow('choices db up');
  });
});
