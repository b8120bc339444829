import { randomBytes } from 'node:crypto';
import { OWNER, ownerUrlOf } from './owner-role.ts';
import { runAsSuperuser } from './superuser.ts';
import { TEMPLATE } from './template-database.ts';

/** A copy of the template database that nobody else uses. */
export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** Ends what sessions are left, and drops it. */
  drop(): Promise<void>;
}

/** Any numbers: what all who clone, and all who make a template, agree on. */
const CLONING = 7_205_115;
const MAKING = 7_205_116;

/** Clones a template, if not said otherwise the one that has every migration and no more. */
export function createTestDatabase(template = TEMPLATE): Promise<TestDatabase> {
  return createDatabase(template);
}

/** Makes a template of the run for whoever needs it first, from the one that has every migration; `fill` leaves nobody connected to it. */
export async function ensureTemplate(template: string, fill: (ownerUrl: string) => Promise<void>): Promise<void> {
  const server = testServerUrl();
  await runAsSuperuser(server, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MAKING]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 1) return;
    const unfinished = await createTestDatabase();
    try {
      await fill(unfinished.ownerUrl);
      await client.query(`ALTER DATABASE ${unfinished.name} RENAME TO ${template}`);
    } finally {
      await unfinished.drop();
    }
  });
}

/** A database in which there is nothing yet. Its owner, as that of the others, is no superuser. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template1');
}

/** One creates at a time, across test files: PostgreSQL refuses a template that somebody is connected to. */
async function createDatabase(template: string): Promise<TestDatabase> {
  const server = testServerUrl();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runAsSuperuser(server, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [CLONING]);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${OWNER}`);
  });
  const superuserUrl = new URL(server);
  superuserUrl.pathname = name;
  return {
    name,
    ownerUrl: ownerUrlOf(server, name),
    superuserUrl: superuserUrl.href,
    drop: () => runAsSuperuser(server, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

function testServerUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (url === undefined) throw new Error('TEST_POSTGRES_URL is not set: run the tests by jest, whose global set-up starts the server');
  return url;
}
