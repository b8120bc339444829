import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { pauseMigration, resumeMigration } from '../../../src/choice/migrate/pause.ts';
import { readProgress } from '../../../src/choice/migrate/progress.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import type { Progress } from '../../../src/choice/migrate/run.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { createLegacyLeads, type LegacyLeads } from './legacy-leads.ts';
import { shutGate } from './update-gate.ts';
import { readWrites } from './writes.ts';

let leads: LegacyLeads;
beforeEach(async () => {
  leads = await createLegacyLeads(Array.from({ length: 12 }, () => 'tech'));
});
afterEach(() => leads.close());

const request = () => requestMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
const pause = (options: { actor?: string; reason?: string } = {}) =>
  pauseMigration(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, ...options });
const resume = () => resumeMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
const readPart = async () => (await readProgress(leads.crm.owner.sql, leads.scope))[0]!;
const countDone = async () => (await leads.countUpdates()).reduce((sum, times) => sum + times, 0);

test('a backfill that is paused in the middle of a batch rests after it, says why, and goes on when it is resumed', async () => {
  const gate = await shutGate(leads.client, `NEW.id = '${leads.ids[3]}'`);
  const rests = Promise.withResolvers<Progress>();
  const onProgress = (progress: Progress) => {
    if (progress.note?.startsWith('paused')) rests.resolve(progress);
  };
  const migrating = migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, batchSize: 2, onProgress });
  const [working] = await gate.arrived();
  const pausing = pause({ actor: 'ada', reason: 'month-end closing' });
  await waitUntilBlocked(leads.client, working!);
  await gate.open();
  expect(await pausing).toEqual({ ok: true, parts: 1, fields: [{ field: 'Lead.industry', tenant: 'acme' }] });
  expect((await rests.promise).note).toBe('paused by ada: month-end closing');

  const done = await countDone();
  expect(done).toBeLessThan(12);
  expect(await readPart()).toMatchObject({ wanted: true, done, total: 12, paused: { by: 'ada', reason: 'month-end closing' } });
  expect(await resume()).toMatchObject({ parts: 1 });
  expect(await migrating).toMatchObject({ ok: true, fields: [{ updated: 12 }] });
  expect(await leads.countUpdates()).toEqual(leads.ids.map(() => 1));
});

test('a run does not begin with what is paused already, and changes nothing', async () => {
  await request();
  await pause({ actor: 'ada', reason: 'closing' });
  const before = await readWrites(leads.client);
  for (const dryRun of [true, false])
    await expect(migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, dryRun, batchSize: 1 })).rejects.toMatchObject({
      blockers: [{ code: 'PAUSED', field: 'Lead.industry', tenant: 'acme', message: expect.stringContaining('by ada (closing)') }],
    });
  expect(await readWrites(leads.client)).toEqual(before);
});

test('what nobody asked for cannot be paused, and what is paused keeps whoever paused it', async () => {
  expect(await pause()).toEqual({ ok: true, parts: 0, fields: [] });
  await request();
  expect([await pause({ actor: 'ada' }), await pause({ actor: 'grace' })]).toMatchObject([{ parts: 1 }, { parts: 0 }]);
  expect((await readPart()).paused).toEqual({ by: 'ada', reason: null });
  expect([await resume(), await resume()]).toMatchObject([{ parts: 1 }, { parts: 0 }]);
});

test('only the tenants and fields of the scope are paused and resumed', async () => {
  const everything = { ...leads.scope, fields: [...leads.scope.registry.fieldsOfType(leads.scope.fields[0]!.type)], tenants: undefined };
  await requestMigration(leads.crm.owner.sql, everything, leads.crm.run);
  await pause();
  const paused = async () => (await readProgress(leads.crm.owner.sql, everything)).filter((part) => part.paused !== null);
  expect((await paused()).map(({ field, tenant }) => `${field} ${tenant}`)).toEqual(['Lead.industry acme']);
  expect(await pauseMigration(leads.crm.owner.sql, everything, leads.crm.run)).toMatchObject({ parts: 3 });
  await resume();
  expect(await paused()).toHaveLength(3);
});
