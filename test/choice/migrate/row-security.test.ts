import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { readStatus } from '../../../src/choice/migrate/status.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';

let leads: LegacyLeads;
beforeAll(async () => {
  leads = await createLegacyLeads(['tech', 'Finanz']);
});
afterAll(() => leads.close());

const scope = () => ({ ...leads.scope, tenants: undefined });
const STEPS: Readonly<Record<string, (dryRun: boolean) => Promise<unknown>>> = {
  expand: (dryRun) => expandFields(leads.crm.owner.sql, scope(), { ...leads.crm.run, dryRun }),
  populate: (dryRun) => populateChoices(leads.crm.owner.sql, scope(), { ...leads.crm.run, dryRun }),
  migrate: (dryRun) => migrateRecords(leads.crm.owner.sql, scope(), { ...leads.crm.run, dryRun }),
  verify: () => verifyRecords(leads.crm.owner.sql, scope()),
  prefer: (dryRun) => preferFields(leads.crm.owner.sql, scope(), { ...leads.crm.run, dryRun }),
  contract: (dryRun) => contractFields(leads.crm.owner.sql, scope(), { ...leads.crm.run, dryRun, window: 0 }),
  rollback: (dryRun) => rollbackFields(leads.crm.owner.sql, scope(), { ...leads.crm.run, dryRun, to: 'legacy' }),
  status: () => readStatus(leads.crm.owner.sql, scope()),
  map: (dryRun) =>
    mapValues(
      leads.crm.owner.sql,
      {
        registry: leads.scope.registry,
        field: LEAD_INDUSTRY,
        tenant: leads.crm.tenant('acme'),
        pairs: [{ value: 'Finanz', key: 'finance' }],
        remap: false,
      },
      { ...leads.crm.run, dryRun },
    ),
  accept: (dryRun) =>
    acceptValues(
      leads.crm.owner.sql,
      { field: LEAD_INDUSTRY, tenant: leads.crm.tenant('acme'), values: ['Finanz'], reason: 'why not' },
      { ...leads.crm.run, dryRun },
    ),
};

describe.each([
  'tenant',
  'lead',
  'industry',
  'industry_alias',
  'choice_field_state',
  'choice_tenant_state',
  'choice_acceptance',
  'choice_archive',
  'choice_quarantine',
  'choice_legacy_writer',
  'choice_phase_change',
  'choice_verification',
  'choice_revision',
  'choice_process',
  'choice_pace',
  'choice_run',
])('while row-level security hides rows of %s from the owner', (table) => {
  beforeAll(() => leads.client.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`));
  afterAll(() => leads.client.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`));

  test.each(Object.keys(STEPS))('%s refuses, dry or not', async (step) => {
    for (const dryRun of [true, false])
      await expect(STEPS[step]!(dryRun)).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringMatching(`rows of ${table} from the role`),
      });
  });
});
