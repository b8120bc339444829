import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../../crm/records.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { waitUntilBlocked } from '../sessions.ts';

const LEAD = choiceRegistry.field('Lead.industry')!;
const ACCOUNT = choiceRegistry.field('Account.industry')!;

let crm: TestCrm;
let client: pg.Client;
let gate: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', fields: [LEAD, ACCOUNT], tenants: ['acme'] });
  for (const industry of ['telecom', 'telecom', 'tech']) await insertRecord(crm, 'lead', { industry });
  await crm.migrate();
  await crm.prefer();
  client = await connect();
  gate = await connect();
});
afterEach(async () => {
  await gate.end();
  await client.end();
  await crm.close();
});

async function connect(): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: crm.database.ownerUrl });
  await opened.connect();
  return opened;
}
const map = (options: { dryRun?: boolean } = {}) =>
  mapValues(
    crm.owner.sql,
    { registry: choiceRegistry, field: LEAD, tenant: crm.tenant('acme'), pairs: [{ value: 'telecom', key: 'tech' }], remap: false },
    { ...crm.run, ...options },
  );
const prefer = (dryRun = false) => preferFields(crm.owner.sql, crm.scope, { ...crm.run, dryRun });
const finds = async (query: string) => (await client.query(query)).rows.length > 0;
const HAS_ALIAS = `SELECT FROM industry_alias WHERE legacy_value = 'telecom'`;
const readPhases = async () =>
  (await client.query<{ part: string }>(`SELECT format('%s %s', field, phase) AS part FROM choice_tenant_state ORDER BY 1`)).rows.map(
    ({ part }) => part,
  );
const countMissing = async () => (await client.query(`SELECT FROM lead WHERE industry = 'telecom' AND industry_id IS NULL`)).rows.length;
const PREFERRED = ['Account.industry preferred', 'Lead.industry preferred'];

describe('prefer and an edit of aliases', () => {
  test('what an edit stepped back is left to it, and the blocker names who edits', async () => {
    await gate.query('BEGIN; LOCK TABLE industry_alias IN EXCLUSIVE MODE');
    const mapping = map();
    await waitUntilBlocked(client, gate);
    for (const dryRun of [true, false])
      await expect(prefer(dryRun)).rejects.toMatchObject({
        blockers: [
          { code: 'ALIASES_EDITED', field: 'Lead.industry', tenant: 'acme', message: expect.stringMatching(/choices map.* \(pid \d+\)/) },
          { code: 'ALIASES_EDITED', field: 'Account.industry', tenant: 'acme' },
        ],
      });
    expect(await readPhases()).toEqual(['Account.industry migrated', 'Lead.industry migrated']);
    await gate.query('COMMIT');
    await mapping;
    expect(await readPhases()).toEqual(PREFERRED);
    expect((await prefer()).fields.map(({ changed }) => changed)).toEqual([false, false]);
  });

  test('an edit that begins while rows are counted waits, and then steps back what is preferred', async () => {
    await crm.rollback('migrated');
    // Counting reads it last.
    await gate.query('BEGIN; LOCK TABLE choice_acceptance IN ACCESS EXCLUSIVE MODE');
    const preferring = prefer();
    await waitUntilBlocked(client, gate);
    const mapping = map();
    await waitUntil('the edit waits for prefer, or is past it', async () => {
      const waits = await finds(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR SHARE'`);
      return waits || (await finds(HAS_ALIAS));
    });
    await gate.query('COMMIT');
    await preferring;
    await mapping;
    expect(await readPhases()).toEqual(PREFERRED);
    expect(await countMissing()).toBe(0);
  });

  test('what an edit that was cut off left behind can be preferred once its rows have followed', async () => {
    const cutOff = { ...crm.run, onProgress: ({ step }: { step: string }) => throwIf(step === 'migrate') };
    const mapping = { registry: choiceRegistry, field: LEAD, tenant: crm.tenant('acme'), pairs: [{ value: 'telecom', key: 'tech' }] };
    await expect(mapValues(crm.owner.sql, { ...mapping, remap: false }, cutOff)).rejects.toThrow('cut off');
    await crm.migrate();
    await prefer();
    expect(await readPhases()).toEqual(PREFERRED);
    expect(await countMissing()).toBe(0);
  });
});

test('a mapping is not held up by rows that drifted before it', async () => {
  await client.query(
    `BEGIN; ALTER TABLE lead DISABLE TRIGGER USER;
       UPDATE lead SET industry_id = (SELECT id FROM industry WHERE key = 'retail') WHERE industry = 'tech';
       ALTER TABLE lead ENABLE TRIGGER USER; COMMIT`,
  );
  expect(await map()).toMatchObject({ mapped: [{ added: true, rows: 2 }] });
  expect(await readPhases()).toEqual(PREFERRED);
  expect(await countMissing()).toBe(0);
});

describe('a mapping and a rollback from contracted', () => {
  const rollBack = (onProgress = crm.run.onProgress) =>
    rollbackFields(crm.owner.sql, { ...crm.scope, fields: [LEAD] }, { ...crm.run, to: 'preferred', onProgress });
  beforeEach(async () => {
    await crm.contract();
    await rollbackFields(crm.owner.sql, { ...crm.scope, fields: [ACCOUNT] }, { ...crm.run, to: 'preferred' });
  });

  test('that was cut off: it is refused, names what finishes that, and steps nothing back', async () => {
    await expect(rollBack(() => throwIf(true))).rejects.toThrow('cut off');
    for (const dryRun of [true, false])
      await expect(map({ dryRun })).rejects.toMatchObject({
        blockers: [
          {
            code: 'RESTORE_UNFINISHED',
            field: 'Lead.industry',
            message: expect.stringMatching(/choices rollback --field Lead.industry .*choices contract --field Lead.industry/),
          },
        ],
      });
    expect(await finds(HAS_ALIAS)).toBe(false);
    expect(await finds(`SELECT FROM choice_phase_change WHERE reason IS NOT NULL`)).toBe(false);
    await rollBack();
    await map();
    expect(await countMissing()).toBe(0);
    expect(await readPhases()).toEqual(PREFERRED);
  });

  test('that is under way: its rows follow when that has ended', async () => {
    await expect(rollBack(() => throwIf(true))).rejects.toThrow('cut off');
    await gate.query(`BEGIN; SELECT FROM lead FOR UPDATE`);
    const rolling = rollBack();
    await waitUntil('it is at work', () => finds(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted`));
    const mapping = map();
    await waitUntil('the mapping is under way', () => finds(`SELECT FROM choice_tenant_state WHERE wanted`));
    await gate.query('COMMIT');
    await rolling;
    await mapping;
    expect(await countMissing()).toBe(0);
  });
});

function throwIf(condition: boolean): void {
  if (condition) throw new Error('cut off');
}
