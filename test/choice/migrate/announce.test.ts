import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { announceStorage, waitForServers } from '../../../src/choice/migrate/announce.ts';
import { apiApplicationName } from '../../../src/choice/process-session.ts';
import { listLiveProcesses } from '../../../src/choice/processes.ts';
import { createRulesSource, type LiveRulesSource } from '../../../src/choice/rules-watcher.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { type Read, readThrough } from '../../../src/database/read.ts';
import { useChildProgram } from '../../harness/child-program.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { connect } from '../writers.ts';

const field = choiceRegistry.field('Task.status')!;
/** Long enough for whatever answers at all, in milliseconds. */
const ENOUGH = 20_000;
/** Too short for what does not. */
const SHORT = 300;

let crm: TestCrm;
let read: Read;
const sources: LiveRulesSource[] = [];
const startFollower = useChildProgram('rules-follower-program');

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
  read = readThrough(crm.owner.sql);
});
beforeEach(() => announceStorage(crm.owner.sql, field, 'column'));
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  await crm.owner.pool.query('DELETE FROM choice_process');
});
afterAll(() => crm.close());

async function serve(): Promise<LiveRulesSource> {
  const source = await createRulesSource(crm.database.ownerUrl, { name: 'choices serve', read });
  sources.push(source);
  return source;
}

const namesOf = (servers: readonly { name: string; pid: number }[]) => servers.map(({ name, pid }) => `${name} ${pid}`);

test('an announcement becomes a revision of its own, and the same one again none', async () => {
  const first = await announceStorage(crm.owner.sql, field, 'archive');
  expect(await announceStorage(crm.owner.sql, field, 'archive')).toBe(first);
  expect(await announceStorage(crm.owner.sql, field, 'column')).toBe(first + 1);
});

test('without a server there is nobody to wait for', async () => {
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(await waitForServers(crm.owner.sql, revision, 0)).toEqual([]);
});

test('servers acknowledge once the requests by older rules have ended, and not before', async () => {
  const [one] = [await serve(), await serve()];
  const request = await one.begin();
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  const early = await waitForServers(crm.owner.sql, revision, SHORT);
  expect(namesOf(early)).toEqual([`choices serve ${process.pid}`]);
  const waiting = waitForServers(crm.owner.sql, revision, ENOUGH);
  request.end();
  expect(await waiting).toEqual([]);
});

test('a server that starts between the announcement and the drop is waited for until it has read the rules', async () => {
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  const blocker = await crm.owner.pool.connect();
  try {
    await blocker.query('BEGIN; LOCK TABLE choice_revision');
    const starting = serve();
    await waitUntil('it has joined', async () => (await listLiveProcesses(crm.owner.sql, 'server')).length === 1);
    expect(await waitForServers(crm.owner.sql, revision, SHORT)).toHaveLength(1);
    await blocker.query('COMMIT');
    expect(await waitForServers(crm.owner.sql, revision, ENOUGH)).toEqual([]);
    const request = await (await starting).begin();
    expect(request.rules.storage(field)).toBe('archive');
    request.end();
  } finally {
    blocker.release(true);
  }
});

test('a killed server does not hold up the announcement', async () => {
  const follower = await startFollower(crm.database.ownerUrl);
  follower.kill('SIGSTOP');
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(namesOf(await waitForServers(crm.owner.sql, revision, SHORT))).toEqual([`follower ${follower.pid}`]);
  follower.kill('SIGKILL');
  expect(await waitForServers(crm.owner.sql, revision, ENOUGH)).toEqual([]);
});

test('a paused server is waited for up to the cap, and named; when it goes on it acknowledges', async () => {
  const follower = await startFollower(crm.database.ownerUrl);
  follower.kill('SIGSTOP');
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(namesOf(await waitForServers(crm.owner.sql, revision, SHORT))).toEqual([`follower ${follower.pid}`]);
  follower.kill('SIGCONT');
  expect(await waitForServers(crm.owner.sql, revision, ENOUGH)).toEqual([]);
});

test('a server that has been silent for long is waited for as long as its connection stands', async () => {
  const follower = await startFollower(crm.database.ownerUrl);
  follower.kill('SIGSTOP');
  await crm.owner.pool.query(`UPDATE choice_process SET seen_at = now() - interval '1 day'`);
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(namesOf(await waitForServers(crm.owner.sql, revision, SHORT))).toEqual([`follower ${follower.pid}`]);
});

const addLostServer = async (silence: string) => {
  const { rows } = await crm.owner.pool.query<{ id: string }>(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start, seen_at)
     VALUES (gen_random_uuid(), 'server', 'lost', 'elsewhere', 1, 1, now(), now() - $1::interval) RETURNING id`,
    [silence],
  );
  return rows[0]!.id;
};

test('a server whose connection and sessions are lost is waited for as long as it may take to join again, and no longer', async () => {
  await addLostServer('0 s');
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(namesOf(await waitForServers(crm.owner.sql, revision, SHORT))).toEqual(['lost 1']);
  expect(await waitForServers(crm.owner.sql, revision, ENOUGH)).toEqual([]);
});

test('a server whose connection is lost is waited for while its requests have sessions, until none that began by older rules can be left', async () => {
  const id = await addLostServer('0 s');
  const session = await connect(crm.database.ownerUrl, `SET application_name = '${apiApplicationName(id)}'`);
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(namesOf(await waitForServers(crm.owner.sql, revision, 3_000))).toEqual(['lost 1']);
  await crm.owner.pool.query(`UPDATE choice_process SET seen_at = now() - interval '40 s'`);
  expect(await waitForServers(crm.owner.sql, revision, 0)).toEqual([]);
  await session.end();
});

test('an announcement that the database does not count is refused', async () => {
  await crm.owner.pool.query('ALTER TABLE choice_field_state DISABLE TRIGGER count_revision_update');
  try {
    const announcing = crm.owner.sql.transaction().execute((transaction) => announceStorage(transaction, field, 'archive'));
    await expect(announcing).rejects.toThrow('the database does not count changes of rules');
    const { rows } = await crm.owner.pool.query('SELECT storage FROM choice_field_state WHERE field = $1', [field.coordinate]);
    expect(rows).toEqual([{ storage: 'column' }]);
  } finally {
    await crm.owner.pool.query('ALTER TABLE choice_field_state ENABLE TRIGGER count_revision_update');
  }
});

test('workers are not waited for: they read the rules before each batch', async () => {
  await crm.owner.pool.query(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start)
     SELECT gen_random_uuid(), 'worker', 'choices worker', 'elsewhere', 1, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  const revision = await announceStorage(crm.owner.sql, field, 'archive');
  expect(await waitForServers(crm.owner.sql, revision, 0)).toEqual([]);
});
