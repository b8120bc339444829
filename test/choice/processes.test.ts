import { hostname } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { joinProcesses, listLiveProcesses, type Membership } from '../../src/choice/processes.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { useChildProgram } from '../harness/child-program.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { waitUntil } from '../harness/wait-until.ts';

let database: TestDatabase;
let owner: OwnerDatabase;
const members: Membership[] = [];
const startFollower = useChildProgram('rules-follower-program');

beforeAll(async () => {
  database = await createTestDatabase();
  owner = openOwnerDatabase(database.ownerUrl);
});
afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.leave()));
  await owner.pool.query('DELETE FROM choice_process');
});
afterAll(async () => {
  await owner.close();
  await database.drop();
});

async function join(kind: 'server' | 'worker', name: string): Promise<Membership> {
  const member = await joinProcesses(database.ownerUrl, { kind, name });
  members.push(member);
  return member;
}

const names = async (kind?: 'server' | 'worker') => (await listLiveProcesses(owner.sql, kind)).map(({ name }) => name);

test('who joins is known with where it runs, by kind, until it leaves', async () => {
  const server = await join('server', 'choices serve');
  await join('worker', 'choices worker');
  expect(await names()).toEqual(['choices serve', 'choices worker']);
  const [live] = await listLiveProcesses(owner.sql, 'server');
  expect(live).toMatchObject({ id: server.id, kind: 'server', host: hostname(), pid: process.pid, acknowledged: 0, activity: null });
  await server.leave();
  expect(await names('server')).toEqual([]);
  expect(await names()).toEqual(['choices worker']);
});

test('what it tells is known after the next heartbeat', async () => {
  const worker = await join('worker', 'choices worker');
  worker.tell({ activity: 'holds: writers are slow', writeMilliseconds: 12.5 });
  await worker.beat();
  expect((await listLiveProcesses(owner.sql))[0]).toMatchObject({ activity: 'holds: writers are slow' });
  worker.tell({ acknowledged: 7 });
  await worker.beat();
  const { rows } = await owner.pool.query('SELECT activity, write_ms, acknowledged FROM choice_process');
  expect(rows).toEqual([{ activity: 'holds: writers are slow', write_ms: 12.5, acknowledged: '7' }]);
});

test('who loses its connection joins again under the same id, by itself', async () => {
  const server = await join('server', 'choices serve');
  const readBackend = async () =>
    (await owner.pool.query<{ backend_pid: number }>('SELECT backend_pid FROM choice_process')).rows[0]?.backend_pid;
  const before = await readBackend();
  await owner.pool.query('SELECT pg_terminate_backend(backend_pid) FROM choice_process');
  await waitUntil('another backend of the same process', async () => (await readBackend()) !== before);
  await waitUntil('it knows that it has joined', () => server.isJoined());
  expect((await listLiveProcesses(owner.sql)).map(({ id }) => id)).toEqual([server.id]);
});

test('why heartbeats fail is told once, until they succeed again', async () => {
  const lost: string[] = [];
  const member = await joinProcesses(database.ownerUrl, {
    kind: 'server',
    name: 'choices serve',
    onLost: (error) => lost.push((error as Error).message),
  });
  members.push(member);
  const reason = 'relation "choice_process" does not exist';
  for (const told of [[reason], [reason, reason]]) {
    await owner.pool.query('ALTER TABLE choice_process RENAME TO choice_process_away');
    try {
      for (let heartbeat = 0; heartbeat < 3; heartbeat++) await expect(member.beat()).rejects.toThrow(reason);
      expect(lost).toEqual(told);
    } finally {
      await owner.pool.query('ALTER TABLE choice_process_away RENAME TO choice_process');
    }
    await waitUntil('it has joined again', () => member.isJoined());
  }
});

test('a row that somebody removed is there again after the next heartbeat', async () => {
  const server = await join('server', 'choices serve');
  await owner.pool.query('DELETE FROM choice_process');
  await server.beat();
  expect((await listLiveProcesses(owner.sql)).map(({ id }) => id)).toEqual([server.id]);
});

test('a killed process is gone with its backend; a stopped one is not, until nobody has heard of it for 30 s', async () => {
  const killed = await startFollower(database.ownerUrl);
  const stopped = await startFollower(database.ownerUrl);
  const pids = async () => (await listLiveProcesses(owner.sql)).map(({ pid }) => pid);
  expect((await pids()).toSorted()).toEqual([killed.pid, stopped.pid].toSorted());
  stopped.kill('SIGSTOP');
  killed.kill('SIGKILL');
  await killed.ended;
  await waitUntil('the killed one is gone', async () => !(await pids()).includes(killed.pid));
  expect(await pids()).toEqual([stopped.pid]);
  await owner.pool.query(`UPDATE choice_process SET seen_at = now() - interval '31 s'`);
  expect(await pids()).toEqual([]);
  stopped.kill('SIGCONT');
  await waitUntil('the stopped one is back', async () => (await pids()).includes(stopped.pid));
});

test('a backend of the same number that began later is another one', async () => {
  const server = await join('server', 'choices serve');
  await server.leave();
  await owner.pool.query(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start)
     SELECT gen_random_uuid(), 'server', 'choices serve', 'elsewhere', 1, pid, backend_start - interval '1 s' FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  expect(await names()).toEqual([]);
});

test('whoever joins clears away what has been gone for a day', async () => {
  await owner.pool.query(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start, seen_at)
     SELECT gen_random_uuid(), 'server', name, 'elsewhere', 1, 1, now(), now() - age
     FROM (VALUES ('gone for an hour', interval '1 hour'), ('gone for two days', interval '2 days')) AS gone (name, age)`,
  );
  await join('server', 'choices serve');
  const { rows } = await owner.pool.query<{ name: string }>('SELECT name FROM choice_process ORDER BY name');
  expect(rows.map(({ name }) => name)).toEqual(['choices serve', 'gone for an hour']);
});

test('who cannot join is told why', async () => {
  const nobody = new URL(database.ownerUrl);
  nobody.password = 'wrong';
  await expect(joinProcesses(nobody.href, { kind: 'server', name: 'choices serve' })).rejects.toMatchObject({ code: '28P01' });
});
