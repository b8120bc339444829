import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { contractFields, type ContractOptions } from '../../../src/choice/migrate/contract.ts';
import { createTenant } from '../../../src/choice/migrate/create-tenant.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { apiApplicationName } from '../../../src/choice/process-session.ts';
import { joinProcesses } from '../../../src/choice/processes.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { connect } from '../writers.ts';
import { findFaults } from './find-faults.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';
import { readWrites } from './writes.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const FIELDS = [FIELD, choiceRegistry.field('Account.tier')!];
const DAY = 86_400_000;

let preferred: PreferredCrm;
beforeEach(async () => {
  preferred = await createPreferredCrm(FIELDS);
});
afterEach(() => preferred.close());

const contract = (options: Partial<ContractOptions> = {}, fields: readonly ChoiceField[] = [FIELD]) =>
  contractFields(preferred.crm.owner.sql, { ...preferred.crm.scope, fields }, { ...preferred.crm.run, window: 0, ...options });
const blockersOf = (contracting: Promise<unknown>) =>
  contracting.then(
    () => [],
    (error: { blockers?: { code: string }[] }) => error.blockers?.map(({ code }) => code) ?? [error],
  );

test('drops the columns, and every row answers the string that it had', async () => {
  const { crm, client, readStrings } = preferred;
  const before = await Promise.all(FIELDS.map(readStrings));
  const predicted = await contract({ dryRun: true }, FIELDS);
  const result = await contract({}, FIELDS);
  expect(result).toEqual(predicted);
  expect(result.fields.every(({ changed, archived }) => changed && archived > 0)).toBe(true);
  expect(await Promise.all(FIELDS.map(readStrings))).toEqual(before);
  for (const field of FIELDS) {
    expect(await findFaults(crm.owner.sql, field)).toEqual([]);
    const { rows } = await client.query(`SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND NOT attisdropped`, [
      field.table,
      field.legacyColumn,
    ]);
    expect(rows).toEqual([]);
  }
  const { rows: changes } = await client.query(
    `SELECT field, from_phase, to_phase, changed_by, reason FROM choice_phase_change WHERE to_phase = 'contracted' ORDER BY id`,
  );
  expect(changes).toEqual(
    FIELDS.map(({ coordinate }) => ({
      field: coordinate,
      from_phase: 'preferred',
      to_phase: 'contracted',
      changed_by: 'test',
      reason: null,
    })),
  );
  expect((await contract({}, FIELDS)).fields).toEqual(result.fields.map((field) => ({ ...field, changed: false })));
});

/** Writes only the legacy column, as an application of that name. */
async function writeAs(application: string): Promise<void> {
  const writer = await connect(preferred.crm.database.ownerUrl, `SET application_name = '${application}'`);
  await writer.query(
    `UPDATE lead SET industry = 'finance' WHERE industry = 'tech'; UPDATE lead SET industry = 'tech' WHERE industry = 'finance'`,
  );
  await writer.end();
}
const contractWithEvidence = () => contract({ window: DAY, force: true, reason: 'a test' });

test('our own servers, those that have left included, and commands, which follow, are no legacy writers', async () => {
  const { client, crm } = preferred;
  const server = await joinProcesses(crm.database.ownerUrl, { kind: 'server', name: 'choices serve' });
  const sessions = await connect(crm.database.ownerUrl, `SET application_name = '${apiApplicationName(server.id)}'`);
  try {
    server.tell({ acknowledged: 1_000_000 });
    await server.beat();
    for (const application of [apiApplicationName(server.id), apiApplicationName(randomUUID()), 'dynamic-choices'])
      await writeAs(application);
    expect((await client.query('SELECT FROM choice_legacy_writer')).rowCount).toBe(3);
    expect(await blockersOf(contractWithEvidence())).toEqual([]);
  } finally {
    await sessions.end();
    await server.leave();
  }
});

test.each(['dynamic-choices api', 'dynamic-choices script', 'dynamic-choices api 0123'])(
  'somebody who just calls itself "%s" is a legacy writer',
  async (application) => {
    await writeAs(application);
    expect(await blockersOf(contractWithEvidence())).toEqual(['LEGACY_WRITERS']);
  },
);

test('whoever runs under the name of a server that has not joined is a legacy writer', async () => {
  const application = apiApplicationName(randomUUID());
  await writeAs(application);
  const sessions = await connect(preferred.crm.database.ownerUrl, `SET application_name = '${application}'`);
  expect(await blockersOf(contractWithEvidence())).toEqual(['LEGACY_WRITERS']);
  await sessions.end();
});

test('another role that calls itself as the commands of the owner do is a legacy writer', async () => {
  await preferred.client.query(
    `INSERT INTO choice_legacy_writer (field, role, application) VALUES ('Lead.industry', 'somebody', 'dynamic-choices')`,
  );
  expect(await blockersOf(contractWithEvidence())).toEqual(['LEGACY_WRITERS']);
});

test('all fields or none: one that is blocked keeps the others from being contracted', async () => {
  await preferred.client.query('CREATE VIEW tiers AS SELECT tier FROM account');
  const before = await readWrites(preferred.client);
  expect(await blockersOf(contract({}, FIELDS))).toEqual(['COLUMN_IN_USE']);
  expect(await readWrites(preferred.client)).toEqual(before);
});

test('strings that an earlier life of the field left in the archive count for nothing', async () => {
  const { client, readStrings } = preferred;
  const before = await readStrings(FIELD);
  await client.query(`INSERT INTO choice_archive SELECT tenant_id, 'Lead.industry', id, 'stale', industry_id FROM lead`);
  const { archived } = (await contract()).fields[0]!;
  expect(await readStrings(FIELD)).toEqual(before);
  expect((await client.query(`SELECT FROM choice_archive WHERE field = 'Lead.industry'`)).rowCount).toBe(archived);
  expect((await client.query(`SELECT FROM choice_archive WHERE field <> 'Lead.industry'`)).rowCount).toBe(0);
});

describe('is refused with', () => {
  test('NOT_PREFERRED: a tenant that was born just now', async () => {
    await createTenant(preferred.crm.owner.sql, choiceRegistry, { slug: 'newborn', name: 'Newborn' }, preferred.crm.run);
    expect(await blockersOf(contract())).toEqual(['NOT_PREFERRED']);
  });

  test('LEGACY_WRITERS: somebody who wrote only the legacy column within the window', async () => {
    const { crm, client } = preferred;
    const billing = await connect(crm.database.ownerUrl, `SET application_name = 'billing'`);
    await billing.query(`UPDATE lead SET industry = 'finance' WHERE industry = 'tech'`);
    await billing.end();
    await expect(contract({ window: DAY, force: true, reason: 'in a hurry' })).rejects.toMatchObject({
      blockers: [{ code: 'LEGACY_WRITERS', message: expect.stringMatching(/the role \S+ as "billing", last at 20/) }],
    });
    await client.query(`UPDATE choice_legacy_writer SET seen_at = now() - interval '25 hours'`);
    expect(await blockersOf(contract({ window: DAY, force: true, reason: 'seen for a day' }))).toEqual([]);
  });

  test('INSUFFICIENT_EVIDENCE: triggers that have not recorded for so long, which --force with a reason overrides', async () => {
    expect(await blockersOf(contract({ window: DAY }))).toEqual(['INSUFFICIENT_EVIDENCE']);
    await expect(contract({ window: DAY, force: true })).rejects.toMatchObject({ name: 'UsageError' });
    await contract({ window: DAY, force: true, reason: 'we know them all' });
    const { rows } = await preferred.client.query(`SELECT reason FROM choice_phase_change WHERE to_phase = 'contracted'`);
    expect(rows).toEqual([{ reason: 'we know them all' }]);
  });

  test('NOT_EXPANDED: a field at legacy', async () => {
    await rollbackFields(preferred.crm.owner.sql, { ...preferred.crm.scope, fields: [FIELD] }, { ...preferred.crm.run, to: 'legacy' });
    expect(await blockersOf(contract())).toEqual(['NOT_EXPANDED']);
  });

  test('a usage error: tenants', async () => {
    const scope = { ...preferred.crm.scope, tenants: [preferred.crm.tenant('acme')] };
    await expect(contractFields(preferred.crm.owner.sql, scope, { ...preferred.crm.run, window: 0 })).rejects.toMatchObject({
      name: 'UsageError',
    });
  });
});
