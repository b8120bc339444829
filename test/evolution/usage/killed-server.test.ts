import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { readCollection } from '../../../src/evolution/usage/usage-store.ts';
import { issueToken } from '../../../src/tenancy/issue-token.ts';
import { runProgram } from '../../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../../harness/running-program.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { startUsageLoad } from './usage-load.ts';

const SECRET = 'a secret of the killed server, long enough';
const HOUR_MS = 3_600_000;

let crm: TestCrm;
let env: Record<string, string>;
let observer: pg.Client;
const servers: RunningProgram[] = [];
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  env = { DATABASE_URL: crm.database.ownerUrl, PORT: '0', AUTH_SECRET: SECRET, LOG_LEVEL: 'warn' };
  observer = new pg.Client({ connectionString: crm.database.ownerUrl, application_name: 'observer' });
  await observer.connect();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await observer.end();
  await crm.close();
});

/** As users start it: built, with the timer that it has. */
async function startServer(): Promise<RunningProgram> {
  const server = await startProgram('dist/main.js', ['serve'], { env });
  servers.push(server);
  return server;
}

async function query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await observer.query<Row>(text, values)).rows;
}

/** Until the timer has stored what was recorded by now. */
async function awaitStored(): Promise<void> {
  const [row] = await query<{ now: Date }>('SELECT clock_timestamp() AS now');
  await waitUntil('all is stored', async () => (await query('SELECT FROM usage_collector WHERE seen_at > $1', [row!.now])).length === 1);
}

/** Operations by client, as they are stored: as uses, and as a figure of all. */
async function countStored(): Promise<{ clients: Record<string, number>; operations: number }> {
  const clients = await query<{ client: string; count: number }>(
    `SELECT client, sum(count)::int AS count FROM usage_hour JOIN usage_shape ON id = shape_id
     WHERE operation = client AND coordinates @> '{Lead.industry}' GROUP BY client`,
  );
  const [row] = await query<{ operations: number }>('SELECT coalesce(sum(operations), 0)::int AS operations FROM usage_collector_hour');
  return { clients: Object.fromEntries(clients.map(({ client, count }) => [client, count])), operations: row!.operations };
}

test('a server that is killed under load loses nothing that it answered before it last stored, counts nothing twice, and the loss shows', async () => {
  const server = await startServer();
  const token = await issueToken(SECRET, { subject: 'load', tenant: 'acme', roles: ['reader'], expiresIn: '1h' });
  const load = startUsageLoad(await server.ready, token);

  // Stored while operations come, more than once; then all of it, to the last one.
  await awaitStored();
  await awaitStored();
  await load.pause();
  await awaitStored();
  const answered = Object.fromEntries(load.clients.map(({ name, answeredAt }) => [name, answeredAt.length]));
  expect(await countStored()).toEqual({ clients: answered, operations: load.countAnswers() });

  load.resume();
  await awaitStored();
  await load.awaitAnswers(300);
  server.kill('SIGKILL');
  await server.ended;
  await load.awaitEnd();
  // What was under way in the database is committed, or is not.
  const SESSIONS = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`;
  await waitUntil('the end of its sessions', async () => (await query(SESSIONS)).length === 0);

  const [collector] = await query<{ id: string; seenAt: Date; flushMs: number; running: boolean }>(
    'SELECT process_id AS id, seen_at AS "seenAt", flush_ms AS "flushMs", stopped_at IS NULL AS running FROM usage_collector',
  );
  expect(collector).toMatchObject({ flushMs: 5_000, running: true });
  const stored = await countStored();
  let lost = 0;
  for (const { name, sent, answeredAt } of load.clients) {
    const before = answeredAt.filter((at) => at < collector!.seenAt.getTime()).length;
    expect(stored.clients[name]).toBeGreaterThanOrEqual(before);
    expect(stored.clients[name]).toBeLessThanOrEqual(sent);
    lost += answeredAt.length - stored.clients[name]!;
  }
  expect(stored.operations).toBe(Object.values(stored.clients).reduce((sum, count) => sum + count, 0));
  // Otherwise it was killed too late to show anything.
  expect(lost).toBeGreaterThan(0);

  // An hour later, when it is known to be dead.
  await query(`UPDATE usage_collector SET started_at = started_at - interval '1 hour', seen_at = seen_at - interval '1 hour'`);
  await query(`UPDATE choice_process SET seen_at = seen_at - interval '1 hour' WHERE id = $1`, [collector!.id]);
  await startServer().then(({ ready }) => ready);
  const { gaps, coveredShare } = await readCollection(crm.owner.sql, new Date(collector!.seenAt.getTime() - 2 * HOUR_MS));
  const death = gaps.find(({ why }) => /^a collector died: at most \d+ s are lost$/.test(why))!;
  expect(death).toBeDefined();
  expect(coveredShare).toBeLessThan(1);
  const isTold = (at: number) => death.from.getTime() <= at - HOUR_MS && at - HOUR_MS <= death.to.getTime();
  const unknown = load.clients.flatMap(({ answeredAt }) => answeredAt.filter((at) => at >= collector!.seenAt.getTime()));
  expect(unknown.filter((at) => !isTold(at))).toEqual([]);
  expect(unknown.length).toBeGreaterThanOrEqual(lost);

  const { exitCode, stdout } = await runProgram('dist/main.js', ['usage', '--coordinate', 'Lead.industry', '--window', '2h', '--json'], {
    env,
  });
  expect(exitCode).toBe(0);
  const { deprecations } = JSON.parse(stdout) as { deprecations: { keys: { evidence: { ok: boolean; gaps: { why: string }[] } } }[] };
  expect(deprecations[0]!.keys.evidence.gaps.map(({ why }) => why)).toContain(death.why);
  expect(deprecations[0]!.keys.evidence.ok).toBe(false);
}, 120_000);
