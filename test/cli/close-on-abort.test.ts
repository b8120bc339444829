import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { runCli } from '../../src/cli/run-cli.ts';
import { openOwnerDatabase, type OwnerDatabase, type Sql } from '../../src/database/owner-database.ts';
import { OWNER } from '../harness/owner-role.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { createTestCli, type TestCli } from './fake-engine.ts';

let testDatabase: TestDatabase;
let observer: OwnerDatabase;
let cli: TestCli;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  observer = openOwnerDatabase(testDatabase.superuserUrl);
});

afterAll(async () => {
  await observer.close();
  await testDatabase.drop();
});

beforeEach(() => {
  cli = createTestCli({ DATABASE_URL: testDatabase.ownerUrl });
});

describe('Ctrl-C on a real server', () => {
  test('cancels a statement that would run for minutes, and rolls its transaction back', async () => {
    const exitCode = await runStep(({ sql: db }) =>
      db.transaction().execute(async (transaction) => {
        await sql`INSERT INTO tenant (slug, name) VALUES ('half', 'half')`.execute(transaction);
        await sql`SELECT pg_sleep(300)`.execute(transaction);
      }),
    );
    expect(exitCode).toBe(130);
    expect(await count(sql`SELECT count(*)::int AS count FROM tenant WHERE slug = 'half'`)).toBe(0);
  });

  test('ends a step that polls on a connection of its own', async () => {
    const exitCode = await runStep(({ sql: db }) => db.connection().execute(poll));
    expect(exitCode).toBe(130);
  });

  test('ends a step that takes a connection for each statement', async () => {
    const exitCode = await runStep(({ sql: db }) => poll(db));
    expect(exitCode).toBe(130);
  });
});

/** Runs a step as `choices import`, presses Ctrl-C once a session of it is there, and waits until it is gone. */
async function runStep(step: (database: OwnerDatabase) => Promise<unknown>): Promise<number> {
  const importLegacyExport = async (database: OwnerDatabase) => {
    const running = step(database);
    void waitUntil('the step runs', async () => (await countSessions('^SELECT (pg_sleep|1)')) > 0).then(cli.interrupt);
    await running;
    return { files: [], tenantsCreated: [] };
  };
  const exitCode = await runCli(['import', 'x'], { ...cli.dependencies, importLegacyExport });
  await waitUntil('the sessions of the step are gone', async () => (await countSessions('')) === 0);
  return exitCode;
}

async function poll(db: Sql): Promise<never> {
  for (;;) {
    await sql`SELECT 1`.execute(db);
    await sleep(20);
  }
}

async function countSessions(query: string): Promise<number> {
  return count(sql`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE usename = ${OWNER} AND datname = current_database() AND query ~ ${query}`);
}

async function count(query: ReturnType<typeof sql<{ count: number }>>): Promise<number> {
  return (await query.execute(observer.sql)).rows[0]!.count;
}
