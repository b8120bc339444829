import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureAppRole } from '../../src/database/app-role.ts';
import { runProgram } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { createEmptyDatabase } from '../harness/test-database.ts';

const AUTH_SECRET = 'a secret for tests that is long enough';

describe('the server on a real database', () => {
  let crm: TestCrm;
  let other: TestCrm;
  const appRole = `app_${randomBytes(4).toString('hex')}`;
  const urlWith = (url: string, changes: Partial<Pick<URL, 'username' | 'password' | 'port' | 'pathname'>>) =>
    Object.assign(new URL(url), changes).href;

  beforeAll(async () => {
    [crm, other] = [await createTestCrm({ phase: 'expanded' }), await createTestCrm({ phase: 'expanded' })];
    await runAsSuperuser(crm.database.superuserUrl, (client) => client.query(`CREATE ROLE ${appRole} LOGIN PASSWORD 'secret'`));
    for (const { owner, database } of [crm, other]) await ensureAppRole(owner, urlWith(database.ownerUrl, { username: appRole }));
  });
  afterAll(async () => {
    await crm.close();
    await other.close();
  });

  const serve = (env: Record<string, string>) => runProgram('dist/main.js', ['serve'], { env: { AUTH_SECRET, PORT: '0', ...env } });
  const appUrl = (of: TestCrm) => urlWith(of.database.ownerUrl, { username: appRole, password: 'secret' });

  test('runs as the role of DATABASE_APP_URL', async () => {
    const env = { AUTH_SECRET, PORT: '0', DATABASE_URL: crm.database.ownerUrl, DATABASE_APP_URL: appUrl(crm) };
    const running: RunningProgram = await startProgram('dist/main.js', ['serve'], { env });
    const url = await running.ready;
    const { stdout } = await runProgram('dist/main.js', ['token', '--tenant', 'acme', '--role', 'reader'], { env });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${stdout.trim()}` };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: '{ leads { totalCount } }' }) });
    expect(await response.json()).toEqual({ data: { leads: { totalCount: 0 } } });
    expect(await running.stop()).toBe(0);
  });

  test('refuses a DATABASE_APP_URL that leads to another database', async () => {
    const { exitCode, stdout, stderr } = await serve({ DATABASE_URL: crm.database.ownerUrl, DATABASE_APP_URL: appUrl(other) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('DATABASE_APP_URL leads to another database than DATABASE_URL');
  });

  test('refuses a DATABASE_APP_URL that leads nowhere', async () => {
    const { exitCode, stderr } = await serve({
      DATABASE_URL: crm.database.ownerUrl,
      DATABASE_APP_URL: urlWith(appUrl(crm), { port: '1' }),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/DATABASE_APP_URL cannot be used: no connection to PostgreSQL at .*nobody listens there/);
  });

  test.each([
    ['a port where nobody listens', { port: '1' }, 'nobody listens there'],
    ['a wrong password', { username: appRole, password: 'wrong' }, 'the password is wrong, or the user does not exist'],
    ['a database that does not exist', { pathname: '/nowhere' }, 'the database does not exist'],
  ])('says what is wrong with DATABASE_URL: %s', async (_name, changes, reason) => {
    const { exitCode, stderr } = await serve({ DATABASE_URL: urlWith(crm.database.ownerUrl, changes) });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('fault of the program');
  });

  test('an owner that may create no tables is told what to run, also by a dry run', async () => {
    const empty = await createEmptyDatabase();
    try {
      await runAsSuperuser(empty.superuserUrl, (client) => client.query('ALTER SCHEMA public OWNER TO postgres'));
      for (const argv of [
        ['db', 'up', '--dry-run'],
        ['db', 'up'],
      ]) {
        const { exitCode, stderr } = await runProgram('dist/main.js', argv, { env: { DATABASE_URL: empty.ownerUrl } });
        expect(exitCode).toBe(1);
        expect(stderr).toContain('GRANT CREATE ON SCHEMA public TO');
      }
    } finally {
      await empty.drop();
    }
  });
});
