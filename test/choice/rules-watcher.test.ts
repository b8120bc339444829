import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { createRulesSource, type LiveRulesSource } from '../../src/choice/rules-watcher.ts';
import { readRevision } from '../../src/choice/rules.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { type Read, readThrough } from '../../src/database/read.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';

const field = choiceRegistry.field('Lead.industry')!;
let crm: TestCrm;
let source: LiveRulesSource;
let read: Read;

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
  read = readThrough(crm.owner.sql);
});
beforeEach(async () => {
  await announce('column');
  source = await createRulesSource(crm.database.ownerUrl, { name: 'choices serve', read });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await source.close();
  await crm.owner.pool.query('DELETE FROM choice_process');
});
afterAll(() => crm.close());

async function announce(storage: 'column' | 'archive'): Promise<number> {
  await crm.owner.pool.query('UPDATE choice_field_state SET storage = $1 WHERE field = $2', [storage, field.coordinate]);
  return readRevision(read);
}

async function readAcknowledged(): Promise<number> {
  const { rows } = await crm.owner.pool.query<{ acknowledged: string }>('SELECT acknowledged FROM choice_process');
  return Number(rows[0]?.acknowledged);
}

/** How long the slowest twentieth of the writes took, as the others know it. */
async function readTold(): Promise<number | null> {
  return (await crm.owner.pool.query<{ write_ms: number | null }>('SELECT write_ms FROM choice_process')).rows[0]!.write_ms;
}

async function readStorage(): Promise<string> {
  const request = await source.begin();
  request.end();
  return request.rules.storage(field);
}

const hasAcknowledged = (revision: number) =>
  waitUntil(`revision ${revision} is acknowledged`, async () => (await readAcknowledged()) === revision);

test('a source that was made has acknowledged what it read', async () => {
  expect(await readAcknowledged()).toBe(await readRevision(read));
  expect(source.isJoined()).toBe(true);
});

test('a request keeps its rules to its end; those that begin after the change have the new ones, and only then is it acknowledged', async () => {
  const older = await source.begin();
  const before = await readAcknowledged();
  const revision = await announce('archive');
  await waitUntil('new requests have the new rules', async () => (await readStorage()) === 'archive');
  expect(older.rules.storage(field)).toBe('column');
  // The rules are adopted: a heartbeat from now on would acknowledge them, were it not for the older request.
  const beats = async () =>
    (await crm.owner.pool.query<{ seen: string }>('SELECT seen_at::text AS seen FROM choice_process')).rows[0]!.seen;
  const seen = await beats();
  await waitUntil('another heartbeat', async () => (await beats()) !== seen);
  expect(await readAcknowledged()).toBe(before);
  const newer = await source.begin();
  older.end();
  await hasAcknowledged(revision);
  newer.end();
});

test('a request that says twice that it has ended counts once', async () => {
  const [one, other] = [await source.begin(), await source.begin()];
  one.end();
  one.end();
  const before = await readAcknowledged();
  const revision = await announce('archive');
  await waitUntil('new requests have the new rules', async () => (await readStorage()) === 'archive');
  expect(await readAcknowledged()).toBe(before);
  other.end();
  await hasAcknowledged(revision);
});

test('a change of two requests’ time is acknowledged step by step', async () => {
  const first = await source.begin();
  const second = await announce('archive');
  await waitUntil('new requests have the new rules', async () => (await readStorage()) === 'archive');
  const later = await source.begin();
  const third = await announce('column');
  await waitUntil('new requests have the newest rules', async () => (await readStorage()) === 'column');
  first.end();
  await hasAcknowledged(second);
  later.end();
  await hasAcknowledged(third);
});

test('when its connection is lost it goes on, joins again and follows', async () => {
  await crm.owner.pool.query('SELECT pg_terminate_backend(backend_pid) FROM choice_process');
  await waitUntil('it knows', () => !source.isJoined());
  expect(await readStorage()).toBe('column');
  await waitUntil('it has joined again', () => source.isJoined());
  await hasAcknowledged(await announce('archive'));
  expect(await readStorage()).toBe('archive');
});

test('while its connection is lost, every request asks for the rules', async () => {
  await crm.owner.pool.query('ALTER TABLE choice_process RENAME TO choice_process_away');
  try {
    await waitUntil('heartbeats fail', () => !source.isJoined());
    for (const storage of ['archive', 'column'] as const) {
      await announce(storage);
      expect(await readStorage()).toBe(storage);
    }
  } finally {
    await crm.owner.pool.query('ALTER TABLE choice_process_away RENAME TO choice_process');
  }
  await hasAcknowledged(await readRevision(read));
});

test('rules that nobody has read for 5 s are read before a request begins', async () => {
  // A heartbeat that hangs, in a connection that stands.
  const blocker = await crm.owner.pool.connect();
  try {
    await blocker.query('BEGIN; LOCK TABLE choice_process');
    await waitUntil('a heartbeat waits', async () => {
      const { rows } = await crm.owner.pool.query(
        `SELECT FROM pg_stat_activity WHERE application_name LIKE '%presence' AND datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    });
    await announce('archive');
    expect(await readStorage()).toBe('column');
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 5_001);
    expect(source.isJoined()).toBe(true);
    expect(await readStorage()).toBe('archive');
  } finally {
    jest.restoreAllMocks();
    await blocker.query('ROLLBACK');
    blocker.release();
  }
  await hasAcknowledged(await readRevision(read));
});

test('a request that begins while the rules cannot be read waits for them', async () => {
  let refusals = 0;
  const wavering = await createRulesSource(crm.database.ownerUrl, {
    name: 'choices serve',
    read: (statement) => {
      refusals += 1;
      return refusals < 3 ? Promise.reject(new Error('the database is starting up')) : read(statement);
    },
  });
  await crm.owner.pool.query('ALTER TABLE choice_process RENAME TO choice_process_away');
  try {
    await waitUntil('heartbeats fail', () => !wavering.isJoined());
    await announce('archive');
    const request = await wavering.begin();
    expect(request.rules.storage(field)).toBe('archive');
    expect(refusals).toBeGreaterThanOrEqual(3);
    request.end();
  } finally {
    await crm.owner.pool.query('ALTER TABLE choice_process_away RENAME TO choice_process');
    await wavering.close();
  }
});

test('what keeps the rules from being read keeps the request from beginning', async () => {
  await source.close();
  const broken = await createRulesSource(crm.database.ownerUrl, {
    name: 'choices serve',
    read: () => Promise.reject(new Error('the pool is gone')),
  });
  await crm.owner.pool.query('ALTER TABLE choice_process RENAME TO choice_process_away');
  try {
    await waitUntil('heartbeats fail', () => !broken.isJoined());
    await expect(broken.begin()).rejects.toThrow('the pool is gone');
  } finally {
    jest.restoreAllMocks();
    await crm.owner.pool.query('ALTER TABLE choice_process_away RENAME TO choice_process');
    await broken.close();
  }
  source = await createRulesSource(crm.database.ownerUrl, { name: 'choices serve', read });
});

test('the slowest twentieth of the latest writes is there for backfills to read', async () => {
  await waitUntil('it is told', async () => {
    for (let write = 1; write <= 100; write++) source.recordWrite(write);
    return (await readTold()) === 96;
  });
});

test('what writes took before the connection was lost, or while it was, is told no more', async () => {
  await waitUntil('it is told', async () => {
    source.recordWrite(96);
    return (await readTold()) === 96;
  });
  await crm.owner.pool.query('SELECT pg_terminate_backend(backend_pid) FROM choice_process');
  const readBackend = async () => (await crm.owner.pool.query('SELECT backend_pid FROM choice_process')).rows[0] as unknown;
  await waitUntil('the connection is lost', () => !source.isJoined());
  const before = await readBackend();
  await waitUntil('another one is there', async () => !isDeepStrictEqual(await readBackend(), before));
  expect(await readTold()).toBeNull();
  source.recordWrite(60_000);
  source.recordWrite(0);
  await waitUntil('a write that began since is told', async () => (await readTold()) === 0);
});
