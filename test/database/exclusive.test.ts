import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { findExclusiveHolders, withExclusive } from '../../src/database/exclusive.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { waitUntil } from '../harness/wait-until.ts';

const NAME = 'some work';

let database: TestDatabase;
let owner: OwnerDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  owner = openOwnerDatabase(database.ownerUrl);
});
afterEach(() => owner.close());
afterAll(() => database.drop());

/** The lock goes with its session. */
async function loseLock(): Promise<void> {
  const pid = (await findExclusiveHolders(owner.sql, [NAME])).get(NAME);
  await owner.pool.query('SELECT pg_terminate_backend($1, 10000)', [pid]);
}

test('work that another process does already is given up after the cap, naming it', async () => {
  const message = await withExclusive(owner.sql, NAME, () =>
    withExclusive(owner.sql, NAME, async () => 'both did it', 0).catch((error: Error) => error.message),
  );
  expect(message).toMatch(/^Gave up after 0 s: another process \(pid \d+\) does the same work/);
});

test('work that was done while its lock was lost is done', async () => {
  const work = async () => {
    await loseLock();
    return 'done';
  };
  expect(await withExclusive(owner.sql, NAME, work)).toBe('done');
});

test('work that fails while its lock is lost fails for its own reason, and whoever comes next has the lock', async () => {
  const work = async () => {
    await loseLock();
    throw new Error('no room');
  };
  await expect(withExclusive(owner.sql, NAME, work)).rejects.toThrow('no room');
  // Its pool learns of the loss a moment later.
  await waitUntil('the lost connection has left', () => owner.pool.totalCount === 1);
  expect(await withExclusive(owner.sql, NAME, async () => 'the next', 0)).toBe('the next');
});
