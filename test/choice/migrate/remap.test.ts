import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { type AliasEditOptions } from '../../../src/choice/migrate/edit-aliases.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';

const VALUES = ['telecom', 'telecom', 'telecom'];

let leads: LegacyLeads;
beforeEach(async () => {
  leads = await createLegacyLeads(VALUES);
  await leads.addAlias('telecom', 'tech');
  await migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
});
afterEach(() => leads.close());

const remap = (options: Partial<AliasEditOptions> = {}) =>
  mapValues(
    leads.crm.owner.sql,
    {
      registry: leads.scope.registry,
      field: LEAD_INDUSTRY,
      tenant: leads.crm.tenant('acme'),
      pairs: [{ value: 'telecom', key: 'finance' }],
      remap: true,
    },
    { ...leads.crm.run, ...options },
  ).then((result) => result.mapped[0]!.remapped);
const readKeys = async () => (await leads.read()).map(([, key]) => key);

/** Another session that has begun a transaction by a statement. */
async function hold(statement: string, application = 'forgotten'): Promise<pg.Client> {
  const holder = await leads.connect();
  await holder.query(`SET application_name = '${application}'; BEGIN`);
  await holder.query(statement);
  return holder;
}
const holdLead = (index: number, application?: string) => hold(`SELECT FROM lead WHERE id = '${leads.ids[index]}' FOR UPDATE`, application);

/** Somebody has listed the transactions that are open, and does not ask this moment. */
const waitForWait = () =>
  waitUntil('it waits for older transactions', async () => {
    const { rows } = await leads.client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle' AND query LIKE '%virtualxid%'`,
    );
    return rows.length > 0;
  });

test('a row that somebody holds is passed over, and those who write the others do not wait', async () => {
  const holder = await holdLead(1);
  const remapping = remap();
  await waitUntil('the others have moved', async () => (await readKeys()).join() === 'finance,tech,finance');
  const writer = await leads.connect();
  await writer.query(`SET lock_timeout = '1ms'`);
  await writer.query(`UPDATE lead SET company = 'Other' WHERE id = ANY ($1)`, [[leads.ids[0], leads.ids[2]]]);
  await holder.query('COMMIT');
  expect(await remapping).toBe(3);
  expect(await readKeys()).toEqual(['finance', 'finance', 'finance']);
});

test('a row that somebody holds who came later is come back to', async () => {
  const first = await holdLead(1);
  const steps: string[] = [];
  const remapping = remap({ onProgress: ({ step }) => void steps.push(step) });
  await waitForWait();
  const second = await leads.connect();
  await second.query('BEGIN');
  const held = second.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[1]]);
  const before = steps.length;
  await first.query('COMMIT');
  await held;
  await waitUntil('it has passed by the row again', () => steps.length > before);
  expect(await readKeys()).toEqual(['finance', 'tech', 'finance']);
  await second.query('COMMIT');
  expect(await remapping).toBe(3);
  expect(await readKeys()).toEqual(['finance', 'finance', 'finance']);
});

test('rows that stay held are counted after the cap, and who holds them is named; the same command moves them later', async () => {
  const holder = await holdLead(0, 'a batch job');
  await expect(remap({ openTransactionCap: 0 })).rejects.toMatchObject({
    name: 'OperationError',
    message: expect.stringMatching(/somebody holds 1 rows whose refs have to move: the table lead is locked by pid \d+ \(a batch job\)/),
  });
  expect(await readKeys()).toEqual(['tech', 'finance', 'finance']);
  await holder.query('COMMIT');
  expect(await remap()).toBe(1);
});

test('behind a choice that somebody holds it lets go of its rows, and comes back to them', async () => {
  await leads.client.query(`UPDATE industry_alias SET choice_id = $1 WHERE legacy_value = 'telecom'`, [await leads.choiceId('finance')]);
  const holder = await hold(`SELECT FROM industry WHERE id = '${await leads.choiceId('finance')}' FOR UPDATE`);
  const remapping = remap();
  await waitForWait();
  const writer = await leads.connect();
  await writer.query(`SET lock_timeout = '1ms'; UPDATE lead SET company = 'Other'`);
  await holder.query('COMMIT');
  expect(await remapping).toBe(3);
});
