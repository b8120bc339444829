import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { connect } from '../writers.ts';
import { findFaults } from './find-faults.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
/** Long enough to try several times. */
const SHORT_CAP = 700;

let preferred: PreferredCrm;
let idle: pg.Client;
let writer: SteadyWriter;
beforeAll(async () => {
  preferred = await createPreferredCrm([FIELD]);
});
afterAll(() => preferred.close());
beforeEach(async () => {
  idle = await connect(preferred.crm.database.ownerUrl, `SET application_name = 'forgotten'`);
  writer = await startWriter();
});
afterEach(async () => {
  await writer.stop();
  await idle.end();
});

const contract = (lockCap?: number) =>
  contractFields(preferred.crm.owner.sql, preferred.scope, { ...preferred.crm.run, window: 0, ...(lockCap !== undefined && { lockCap }) });
const rollback = (to: 'preferred' | 'legacy', lockCap?: number) =>
  rollbackFields(preferred.crm.owner.sql, preferred.scope, { ...preferred.crm.run, to, ...(lockCap !== undefined && { lockCap }) });

interface SteadyWriter {
  writes(): number;
  stop(): Promise<void>;
}

/** Writes refs and other columns, one statement after the other; a lock that it waits for longer than 150 ms ends it. */
async function startWriter(): Promise<SteadyWriter> {
  const client = await connect(preferred.crm.database.ownerUrl, `SET lock_timeout = '150ms'`);
  const keys = ['tech', 'finance'];
  const { rows } = await client.query<{ tenant_id: string; id: string }>(
    `SELECT tenant_id, lead.id FROM lead JOIN tenant ON tenant.id = tenant_id WHERE slug = 'acme' ORDER BY lead.id`,
  );
  let writes = 0;
  let running = true;
  const loop = (async () => {
    while (running) {
      const { tenant_id: tenantId, id } = rows[writes % rows.length]!;
      await client.query(`UPDATE lead SET company = 'Company ' || $2::int WHERE id = $1`, [id, writes]);
      const { rowCount } = await client.query(
        `SELECT FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'industry_id' AND NOT attisdropped`,
      );
      if (rowCount === 1)
        await client
          .query(`UPDATE lead SET industry_id = (SELECT id FROM industry WHERE tenant_id = $2 AND key = $3) WHERE id = $1`, [
            id,
            tenantId,
            keys[writes % 2],
          ])
          // The column may go between the two statements.
          .catch((error: { code?: string }) => {
            if (error.code !== '42703') throw error;
          });
      writes++;
    }
  })();
  const outcome = loop.then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    writes: () => writes,
    async stop() {
      running = false;
      const failure = await outcome;
      await client.end();
      expect(failure).toBeUndefined();
      expect(writes).toBeGreaterThan(0);
    },
  };
}

const countInvalid = async () => (await preferred.client.query('SELECT FROM pg_index WHERE NOT indisvalid')).rowCount;

describe.each([
  ['has read the table', 'BEGIN; SELECT FROM lead LIMIT 1'],
  [
    'has written a row',
    `BEGIN; UPDATE lead SET phone = 'held' WHERE id = (SELECT min(lead.id::text)::uuid FROM lead JOIN tenant ON tenant.id = tenant_id WHERE slug = 'globex')`,
  ],
  ['holds rows', `BEGIN; SELECT FROM lead WHERE tenant_id = (SELECT id FROM tenant WHERE slug = 'globex') FOR UPDATE`],
  ['holds a snapshot', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM lead LIMIT 1'],
])('behind an idle transaction that %s', (_, begin) => {
  const steps = [
    ['contract', contract],
    ['rollback', (cap?: number) => rollback('preferred', cap)],
  ] as const;

  test('contract and rollback give up after the cap, naming it; nobody waits 150 ms; they go on when it has ended', async () => {
    for (const [name, step] of steps) {
      await idle.query(begin);
      await expect(step(SHORT_CAP)).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringMatching(/^Gave up after 0\.7 s: .*\(forgotten\)/),
      });
      expect(await countInvalid()).toBe(0);
      const before = writer.writes();
      await idle.query('COMMIT');
      expect([name, (await step()).fields[0]!.changed]).toEqual([name, true]);
      expect(writer.writes()).toBeGreaterThanOrEqual(before);
      expect(await findFaults(preferred.crm.owner.sql, FIELD)).toEqual([]);
    }
  });

  test('they wait for it, and are done soon after it ends', async () => {
    for (const [, step] of steps) {
      await idle.query(begin);
      const running = step();
      const written = writer.writes();
      await waitUntil('the writer has written', async () => writer.writes() > written + 20);
      await idle.query('COMMIT');
      expect((await running).fields[0]!.changed).toBe(true);
    }
  });
});

test('to legacy, too', async () => {
  await idle.query('BEGIN; SELECT FROM industry LIMIT 1');
  await expect(rollback('legacy', SHORT_CAP)).rejects.toThrow(/the table industry is locked by pid \d+ \(forgotten\)/);
  await idle.query('COMMIT');
  expect((await rollback('legacy')).fields[0]!.changed).toBe(true);
});
