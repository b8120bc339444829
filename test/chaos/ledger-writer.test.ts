import { expect, test } from '@jest/globals';
import pg from 'pg';
import type { ChaosWorld } from './chaos-world.ts';
import { startLedgerWriter } from './ledger-writer.ts';

const ID = 'an id';

/** A world whose database refuses the first writes with these codes, and takes all others. */
function createWorld(...codes: readonly string[]): ChaosWorld {
  const refusals = codes.map((code) => Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code }));
  const client = {
    query: () => (refusals.length > 0 ? Promise.reject(refusals.shift()!) : Promise.resolve()),
    end: () => Promise.resolve(),
  };
  return { connect: () => Promise.resolve(client), stopped: new AbortController().signal } as unknown as ChaosWorld;
}

test('a raw write is tried again while the server goes down and comes up', async () => {
  const writer = startLedgerWriter(createWorld('57P01', '57P03', '08006', '53300'), 'raw SQL', [ID]);
  await writer.stop();
  expect([...writer.ledger]).toEqual([[ID, 'tech']]);
});

test('a raw write that the database refuses is told to whoever stops the writer', async () => {
  const writer = startLedgerWriter(createWorld('23503'), 'raw SQL', [ID]);
  await expect(writer.stop()).rejects.toMatchObject({ code: '23503' });
  expect(writer.acknowledged).toBe(0);
});
