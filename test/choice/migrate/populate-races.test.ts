import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { nameAliasEdit } from '../../../src/choice/migrate/name-alias-edit.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../../crm/records.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';

const LEAD = choiceRegistry.field('Lead.industry')!;
const ACCOUNT = choiceRegistry.field('Account.industry')!;

let crm: TestCrm;
let client: pg.Client;
let gate: pg.Client;
/** At `migrated`; the code lists one choice more since, whose key a row carries that was accepted unmapped. */
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', fields: [LEAD, ACCOUNT], tenants: ['acme'] });
  client = await connect(crm.database.ownerUrl);
  gate = await connect(crm.database.ownerUrl);
  await client.query(
    `BEGIN; ALTER TABLE industry_alias DISABLE TRIGGER guard_own_alias; DELETE FROM industry_alias WHERE legacy_value = 'retail';
     ALTER TABLE industry_alias ENABLE TRIGGER guard_own_alias; DELETE FROM industry WHERE key = 'retail'; COMMIT`,
  );
  for (const industry of ['retail', 'tech']) await insertRecord(crm, 'lead', { industry });
  await crm.migrate();
});
afterEach(async () => {
  await Promise.all([gate.end(), client.end()]);
  await crm.close();
});

const finds = async (query: string) => (await client.query(query)).rows.length > 0;
const HAS_ALIAS = `SELECT FROM industry_alias WHERE legacy_value = 'retail'`;
const isMissing = () => finds(`SELECT FROM lead WHERE industry = 'retail' AND industry_id IS NULL`);
const readPhases = async () =>
  (await client.query<{ part: string }>(`SELECT format('%s %s', field, phase) AS part FROM choice_tenant_state ORDER BY 1`)).rows.map(
    ({ part }) => part,
  );
const PREFERRED = ['Account.industry preferred', 'Lead.industry preferred'];

test('a choice that is added while rows are counted to prefer the ref is followed by its rows', async () => {
  // Counting reads it after the rows.
  await gate.query('BEGIN; LOCK TABLE choice_acceptance IN ACCESS EXCLUSIVE MODE');
  const preferring = preferFields(crm.owner.sql, crm.scope, crm.run);
  await waitUntilBlocked(client, gate);
  const populating = crm.populate();
  await waitUntil('populate waits for prefer, or is past it', async () => {
    const waits = await finds(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR SHARE'`);
    return waits || (await finds(HAS_ALIAS));
  });
  await gate.query('COMMIT');
  await preferring;
  await populating;
  expect(await finds(HAS_ALIAS)).toBe(true);
  expect(await readPhases()).toEqual(PREFERRED);
  expect(await isMissing()).toBe(false);
});

test('a choice that is added while somebody edits aliases is added once that has ended, and followed', async () => {
  const name = nameAliasEdit(LEAD.type, crm.tenant('acme'));
  await gate.query(`SELECT pg_advisory_lock(hashtext($1))`, [name]);
  const populating = crm.populate();
  await waitUntil('populate waits for its turn, or is past it', async () => {
    const polls = await finds(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_try_advisory_lock%'`,
    );
    return polls || (await finds(HAS_ALIAS));
  });
  // The rows have followed what was edited, and the ref alone is read again.
  await gate.query(`UPDATE choice_tenant_state SET phase = 'preferred'`);
  await gate.query(`SELECT pg_advisory_unlock(hashtext($1))`, [name]);
  await populating;
  expect(await finds(HAS_ALIAS)).toBe(true);
  expect(await readPhases()).toEqual(PREFERRED);
  expect(await isMissing()).toBe(false);
});
