import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../records.ts';
import { withoutRules } from '../without-rules.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';
import { readWrites } from './writes.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const TIER = choiceRegistry.field('Account.tier')!;

let migrated: PreferredCrm;
beforeEach(async () => {
  migrated = await createPreferredCrm([FIELD, TIER]);
  await rollbackFields(migrated.crm.owner.sql, migrated.scope, { ...migrated.crm.run, to: 'migrated' });
});
afterEach(() => migrated.close());

const prefer = (options: { dryRun?: boolean; tenants?: readonly string[] } = {}) => {
  const { tenants, dryRun = false } = options;
  const scope = { ...migrated.scope, ...(tenants && { tenants: tenants.map((slug) => migrated.crm.tenant(slug)) }) };
  return preferFields(migrated.crm.owner.sql, scope, { ...migrated.crm.run, dryRun, reason: 'a try' });
};
const readPhases = async () => {
  const { rows } = await migrated.client.query<{ phase: string }>(
    `SELECT format('%s %s %s', field, slug, phase) AS phase FROM choice_tenant_state JOIN tenant ON tenant.id = tenant_id ORDER BY 1`,
  );
  return rows.map(({ phase }) => phase);
};

test('one tenant goes first, the others follow; a dry run predicts it and writes nothing', async () => {
  const before = await readWrites(migrated.client);
  const predicted = await prefer({ dryRun: true, tenants: ['acme'] });
  expect(await readWrites(migrated.client)).toEqual(before);
  expect(predicted.fields.map(({ field, tenant, phase, changed }) => [field, tenant, phase, changed])).toEqual([
    ['Lead.industry', 'acme', 'preferred', true],
    ['Account.tier', 'acme', 'preferred', true],
  ]);
  expect(await prefer({ tenants: ['acme'] })).toEqual(predicted);
  expect(await readPhases()).toEqual([
    'Account.tier acme preferred',
    'Account.tier globex migrated',
    'Lead.industry acme preferred',
    'Lead.industry globex migrated',
  ]);
  expect((await prefer()).fields.map(({ tenant, changed }) => [tenant, changed])).toEqual([
    ['acme', false],
    ['globex', true],
    ['acme', false],
    ['globex', true],
  ]);
  const { rows } = await migrated.client.query(
    `SELECT field, slug, from_phase, changed_by, reason FROM choice_phase_change JOIN tenant ON tenant.id = tenant_id WHERE reason = 'a try' ORDER BY choice_phase_change.id`,
  );
  expect(rows).toEqual(
    ['acme', 'globex'].flatMap((slug) =>
      ['Lead.industry', 'Account.tier'].map((field) => ({ field, slug, from_phase: 'migrated', changed_by: 'test', reason: 'a try' })),
    ),
  );
});

test.each([
  [
    'MISSING',
    'a value was mapped since',
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'Mystery', id FROM industry WHERE key = 'tech'`,
  ],
  ['DRIFT', 'a choice was deleted since', withoutRules(FIELD.type, `UPDATE industry SET deleted_at = now() WHERE key = 'tech'`)],
  ['NOT_MIGRATED', 'a tenant is not migrated', `UPDATE choice_tenant_state SET phase = 'populated' WHERE field = 'Lead.industry'`],
  ['NOT_MIGRATED', 'a tenant is not populated', `DELETE FROM choice_tenant_state WHERE field = 'Lead.industry'`],
])('nobody’s phase changes while there is %s: %s', async (code, _, statement) => {
  await migrated.client.query(statement);
  const before = await readWrites(migrated.client);
  for (const dryRun of [true, false])
    await expect(prefer({ dryRun })).rejects.toMatchObject({
      blockers: [
        { code, tenant: 'acme', field: 'Lead.industry', message: expect.stringContaining('un: choices ') },
        { code, tenant: 'globex', field: 'Lead.industry' },
      ],
    });
  expect(await readWrites(migrated.client)).toEqual(before);
});

test('an unmapped value that comes afterwards does not change the phase', async () => {
  await prefer();
  await insertRecord(migrated.client, FIELD, migrated.crm.tenant('acme').id, { legacy: 'News' });
  expect((await prefer()).fields.map(({ phase, changed }) => [phase, changed])).toEqual(Array(4).fill(['preferred', false]));
});
