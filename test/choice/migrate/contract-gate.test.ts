import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTrigger } from '../../../src/choice/derive/database-trigger.ts';
import { deriveSyncTriggers } from '../../../src/choice/derive/sync-trigger.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { findContractBlockers } from '../../../src/choice/migrate/contract-gate.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { withoutRules } from '../without-rules.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';
import { readWrites } from './writes.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const PART = `field = 'Lead.industry' AND tenant_id = (SELECT id FROM tenant WHERE slug = 'acme')`;

/** What closes the gate, and what opens it again. */
const CASES: readonly (readonly [code: string, what: string, make: string, undo: string])[] = [
  [
    'NOT_PREFERRED',
    'a tenant that does not prefer the ref yet',
    `UPDATE choice_tenant_state SET phase = 'migrated' WHERE ${PART}`,
    `UPDATE choice_tenant_state SET phase = 'preferred' WHERE ${PART}`,
  ],
  [
    'NEW_TENANTS',
    'tenants that would be born without choices',
    `UPDATE choice_field_state SET populates_new_tenants = false`,
    `UPDATE choice_field_state SET populates_new_tenants = true`,
  ],
  [
    'UNMAPPED',
    'a value that nobody mapped or accepted',
    `UPDATE lead SET industry = 'News' WHERE industry = 'Mystery'; DELETE FROM choice_legacy_writer`,
    `UPDATE lead SET industry = 'Mystery' WHERE industry = 'News'; DELETE FROM choice_legacy_writer`,
  ],
  [
    'MISSING',
    'rows that lack their ref',
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'Mystery', id FROM industry WHERE key = 'tech'`,
    `DELETE FROM industry_alias WHERE legacy_value = 'Mystery'`,
  ],
  [
    'DRIFT',
    'rows whose string names another choice, or none',
    withoutRules(FIELD.type, `UPDATE industry SET deleted_at = now() WHERE key = 'tech'`),
    `UPDATE industry SET deleted_at = NULL`,
  ],
  [
    'STRUCTURE',
    'a trigger that is gone',
    'DROP TRIGGER zzz_sync_lead_industry_update ON lead',
    createTrigger(deriveSyncTriggers(FIELD, 'column')[1]!),
  ],
  [
    'STRUCTURE',
    'a column that could not come back as it is',
    `ALTER TABLE lead ALTER COLUMN industry SET DEFAULT 'x'`,
    `ALTER TABLE lead ALTER COLUMN industry DROP DEFAULT`,
  ],
  ['COLUMN_IN_USE', 'a view over the column', 'CREATE VIEW leads AS SELECT id, industry FROM lead', 'DROP VIEW leads'],
  ['COLUMN_IN_USE', 'an index of somebody else’s', 'CREATE INDEX theirs ON lead (industry, company)', 'DROP INDEX theirs'],
  [
    'COLUMN_IN_USE',
    'a constraint of somebody else’s',
    `ALTER TABLE lead ADD CONSTRAINT theirs CHECK (industry <> 'x')`,
    'ALTER TABLE lead DROP CONSTRAINT theirs',
  ],
  [
    'COLUMN_IN_USE',
    'privileges on the column',
    'GRANT SELECT (industry) ON lead TO PUBLIC',
    'REVOKE SELECT (industry) ON lead FROM PUBLIC',
  ],
];

let preferred: PreferredCrm;
beforeAll(async () => {
  preferred = await createPreferredCrm([FIELD]);
});
afterAll(() => preferred.close());

const look = (force: boolean) => findContractBlockers(preferred.crm.owner.sql, preferred.scope, FIELD, { window: 0, force });

test('the gate is open where every tenant prefers the ref, and nobody writes the old way', async () => {
  expect(await look(false)).toEqual([]);
});

test.each(CASES)('%s closes it: %s', async (code, _what, make, undo) => {
  const { client, crm, scope } = preferred;
  await client.query(make);
  const before = await readWrites(client);
  const blockers = await look(false);
  expect(blockers.map((blocker) => [blocker.code, blocker.field])).toEqual(blockers.map(() => [code, 'Lead.industry']));
  expect(blockers.length).toBeGreaterThan(0);
  // Not even with force: nothing of this is missing evidence. A dry run is refused as the run is.
  for (const dryRun of [true, false])
    await expect(
      contractFields(crm.owner.sql, scope, { ...crm.run, dryRun, window: 0, force: true, reason: 'in a hurry' }),
    ).rejects.toMatchObject({
      blockers,
    });
  expect(await readWrites(client)).toEqual(before);
  await client.query(undo);
  expect(await look(false)).toEqual([]);
});
