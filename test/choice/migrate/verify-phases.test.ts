import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import type { Phase } from '../../../src/choice/migrate/phase.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { countRecords } from '../../../src/choice/migrate/report.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { joinProcesses } from '../../../src/choice/processes.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { sampleKeys } from '../choice-samples.ts';
import { type ChoiceColumns, insertAccount, insertColumns } from '../records.ts';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

const TENANTS = ['acme', 'globex'];

let faulty: FaultyCrm;
beforeAll(async () => {
  faulty = await createFaultyCrm({ phase: 'legacy', tenants: TENANTS });
  for (const slug of TENANTS) {
    await insertAccount(faulty.owner, faulty.crm.tenant(slug).id);
    for (const field of choiceRegistry.fields) await insertMess(field, faulty.crm.tenant(slug).id);
  }
});
afterAll(() => faulty.close());

/** What real columns hold; rows of a required field hold no NULL. */
async function insertMess(field: ChoiceField, tenantId: string): Promise<void> {
  const [first] = sampleKeys(field.type, choiceRegistry.fields);
  for (const legacy of [first, 'Old', 'x\u00a0', '', ...(field.required ? [] : [null])]) await insertPlain(field, tenantId, { legacy });
}

/** Reads none of the two columns back: either may not be there. */
async function insertPlain(field: ChoiceField, tenantId: string, set: ChoiceColumns): Promise<string> {
  const columns = insertColumns(field, tenantId, set);
  const { rows } = await faulty.owner.query<{ id: string }>(
    `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id`,
    columns.map(([, value]) => value),
  );
  return rows[0]!.id;
}

const found = async () => (await faulty.verify()).map(({ code, field, tenant }) => [code, field, tenant]);
const everywhere = (code: string) => choiceRegistry.fields.flatMap((field) => TENANTS.map((slug) => [code, field.coordinate, slug]));
const db = () => faulty.crm.owner.sql;
const scope = (...fields: ChoiceField[]) => ({ ...faulty.crm.scope, ...(fields.length > 0 && { fields }) });
const run = () => faulty.crm.run;
const contract = async (fields: readonly ChoiceField[], serverCap?: number) => {
  await faulty.owner.query('DELETE FROM choice_legacy_writer');
  return contractFields(db(), scope(...fields), {
    ...run(),
    window: 60_000,
    force: true,
    reason: 'a test',
    ...(serverCap !== undefined && { serverCap }),
  });
};
const rollback = (to: Phase, fields: readonly ChoiceField[] = [], serverCap?: number) =>
  rollbackFields(db(), scope(...fields), { ...run(), to, ...(serverCap !== undefined && { serverCap }) });

/** While a server runs that does not follow, a step stays where it waits for servers. */
async function whileNobodyFollows(step: () => Promise<unknown>): Promise<void> {
  const server = await joinProcesses(faulty.crm.database.ownerUrl, { kind: 'server', name: 'one that is busy' });
  await expect(step()).rejects.toMatchObject({ blockers: [{ code: 'SERVERS_BEHIND' }] });
  await server.leave();
}

async function mapAndAcceptAll(): Promise<void> {
  for (const report of await countRecords(db(), scope())) {
    const field = choiceRegistry.field(report.field)!;
    const tenant = faulty.crm.tenant(report.tenant);
    const values = report.unmapped.map(({ value }) => value);
    const [first] = sampleKeys(field.type, choiceRegistry.fields);
    if (values.includes('Old'))
      await mapValues(db(), { registry: choiceRegistry, field, tenant, pairs: [{ value: 'Old', key: first }], remap: false }, run());
    const others = values.filter((value) => value !== 'Old');
    if (others.length > 0) await acceptValues(db(), { field, tenant, values: others, reason: 'a test' }, run());
  }
}

describe('on a database without a fault, from phase to phase and back', () => {
  test('at legacy only that is told', async () => {
    expect(await found()).toEqual(choiceRegistry.fields.map((field) => ['NOT_EXPANDED', field.coordinate, undefined]));
  });

  test('at expanded only that nobody is populated', async () => {
    await faulty.crm.expand();
    expect(await found()).toEqual(everywhere('NOT_POPULATED'));
  });

  test('at populated only what has still to be migrated, mapped or accepted', async () => {
    await faulty.crm.populate();
    expect(new Set((await found()).map(String))).toEqual(new Set([...everywhere('MISSING'), ...everywhere('UNMAPPED')].map(String)));
  });

  test('at migrated nothing', async () => {
    await mapAndAcceptAll();
    expect(await migrateRecords(db(), scope(), run())).toMatchObject({ ok: true });
    expect(await found()).toEqual([]);
  });

  test('at preferred, and with one tenant there alone, nothing', async () => {
    for (const slug of TENANTS) {
      await preferFields(db(), { ...scope(), tenants: [faulty.crm.tenant(slug)] }, run());
      expect(await found()).toEqual([]);
    }
  });

  test('while the archive is in step and servers have still to follow, nothing', async () => {
    for (const field of choiceRegistry.fields) {
      await whileNobodyFollows(() => contract([field], 0));
      expect([field.coordinate, await faulty.verify(field)]).toEqual([field.coordinate, []]);
    }
    expect(await found()).toEqual([]);
  });

  test('at contracted nothing, and every figure is what it was', async () => {
    const before = await countRecords(db(), scope());
    await contract(choiceRegistry.fields);
    expect(await found()).toEqual([]);
    const figures = (reports: typeof before) => reports.map(({ phase: _, ...report }) => report);
    expect(figures(await countRecords(db(), scope()))).toEqual(figures(before));
  });

  test('on the way back, before the column is filled and before servers follow, nothing of the rows', async () => {
    for (const field of choiceRegistry.fields) {
      const cutOff = rollbackFields(db(), scope(field), {
        ...run(),
        to: 'preferred',
        onProgress: () => {
          throw new Error('cut off');
        },
      });
      await expect(cutOff).rejects.toThrow('cut off');
      const codes = new Set((await faulty.verify(field)).map(({ code, remedy }) => `${code}: ${remedy}`));
      // Indexes and NOT NULL come last.
      expect([...codes]).toEqual([`INDEX: choices rollback --to preferred --field ${field.coordinate}`]);
      await whileNobodyFollows(() => rollback('preferred', [field], 0));
      expect([field.coordinate, await faulty.verify(field)]).toEqual([field.coordinate, []]);
    }
  });

  test.each(['preferred', 'migrated', 'populated'] as const)('back at %s nothing', async (phase) => {
    await rollback(phase);
    expect(await found()).toEqual([]);
  });

  test('back at expanded only that nobody is populated', async () => {
    await rollback('expanded');
    expect(await found()).toEqual(everywhere('NOT_POPULATED'));
  });

  test('back at legacy only that', async () => {
    await rollback('legacy');
    expect(await found()).toEqual(choiceRegistry.fields.map((field) => ['NOT_EXPANDED', field.coordinate, undefined]));
  });
});

describe.each(choiceRegistry.fields.map((field) => [field.coordinate, field] as const))('the archive of %s', (coordinate, field) => {
  const { table, refColumn, legacyColumn, type } = field;
  const [first, second] = sampleKeys(type, choiceRegistry.fields);
  const verify = () => faulty.verify(field);
  const readIds = async (where: string) =>
    (
      await faulty.owner.query<{ id: string }>(`SELECT id FROM ${table} AS record WHERE tenant_id = $1 AND ${where} ORDER BY id`, [
        faulty.crm.tenant('acme').id,
      ])
    ).rows.map(({ id }) => id);
  const archived = `EXISTS (SELECT FROM choice_archive WHERE record_id = record.id AND field = '${coordinate}')`;
  const fault = (message: string, ids: readonly string[]) =>
    expect.objectContaining({
      code: 'ARCHIVE',
      field: coordinate,
      tenant: 'acme',
      message: expect.stringContaining(message),
      count: ids.length,
      sampleIds: ids.slice(0, 5),
    });

  beforeAll(async () => {
    await faulty.crm.expand();
    await faulty.crm.populate();
    await migrateRecords(db(), scope(field), run());
    await preferFields(db(), scope(field), run());
    await whileNobodyFollows(() => contract([field], 0));
  });
  afterAll(() => rollback('legacy'));

  test('that differs from the column while both are read is filled again', async () => {
    expect(await verify()).toEqual([]);
    const mapped = await readIds(`${legacyColumn} = '${first}'`);
    const old = await readIds(`${legacyColumn} = 'Old'`);
    await faulty.plant(`UPDATE choice_archive SET legacy_value = 'another' WHERE field = $1 AND record_id = ANY ($2)`, [coordinate, old]);
    await faulty.plant(`INSERT INTO choice_archive SELECT tenant_id, $1, id, 'x', ${refColumn} FROM ${table} WHERE id = ANY ($2)`, [
      coordinate,
      mapped,
    ]);
    const findings = await verify();
    expect(findings).toEqual([fault('another string', [...mapped, ...old].toSorted())]);
    await faulty.owner.query('DELETE FROM choice_legacy_writer');
    const command = [...findings[0]!.command!, '--force', '--reason', 'a test'];
    expect(await faulty.mend({ ...findings[0]!, command })).toBe(0);
    expect(await verify()).toEqual([]);
    expect(await verifyRecords(db(), scope(field))).toMatchObject({ fields: TENANTS.map(() => ({ phase: 'contracted' })) });
  });

  test('keeps what the column said of records: whether they need a choice, and what new ones take', async () => {
    const told = { field: coordinate, code: 'CONSTRAINT', remedy: `choices expand --field ${coordinate}` };
    for (const [change, problem] of [
      ['DELETE FROM choice_dropped_column WHERE field = $1', 'is missing'],
      [`UPDATE choice_dropped_column SET required = NOT required WHERE field = $1`, 'is not as it is derived'],
      [`UPDATE choice_dropped_column SET preset = 'another' WHERE field = $1`, 'is not as it is derived'],
    ] as const) {
      await faulty.plant(change, [coordinate]);
      const findings = await verify();
      expect(findings).toMatchObject([{ ...told, message: `the constraint "${table}.${legacyColumn} NOT NULL, DEFAULT" ${problem}` }]);
      expect(await faulty.mend(findings[0]!)).toBe(0);
      expect(await verify()).toEqual([]);
    }
  });

  test('of records that are gone, and of refs that are others by now, is told', async () => {
    const [gone, stale] = await readIds(archived);
    await faulty.plant(`DELETE FROM ${table} WHERE id = $1`, [gone]);
    expect(await verify()).toEqual([fault('records that are gone', [gone!])]);
    await faulty.plant(`UPDATE choice_archive SET ref = uuid_v7() WHERE record_id = $1 AND field = $2`, [stale, coordinate]);
    const findings = (await verify()).filter(({ code }) => code === 'ARCHIVE');
    expect(findings).toEqual([fault('records that are gone', [gone!]), fault('count for nothing', [stale!])]);
    expect(await faulty.mend(findings[0]!)).toBe(0);
    expect(await verify()).toEqual([]);
  });

  test('is where the faults of rows are found and mended, once there is no column', async () => {
    const { rows: choices } = await faulty.owner.query<{ id: string }>(`SELECT id FROM ${type.table} WHERE tenant_id = $1 AND key = $2`, [
      faulty.crm.tenant('acme').id,
      first,
    ]);
    const rows: string[] = [];
    for (let row = 0; row < 3; row++) rows.push(await insertPlain(field, faulty.crm.tenant('acme').id, { ref: choices[0]!.id }));
    await faulty.plant(`UPDATE ${table} SET ${refColumn} = NULL WHERE id = ANY ($1)`, [rows]);
    await faulty.plant(`INSERT INTO choice_archive SELECT tenant_id, $1, id, $2 FROM ${table} WHERE id = ANY ($3)`, [
      coordinate,
      first,
      rows,
    ]);
    const missing = await verify();
    expect(missing).toEqual([expect.objectContaining({ code: 'MISSING', count: rows.length, sampleIds: rows.slice(0, 5) })]);
    expect(await faulty.mend(missing[0]!)).toBe(0);
    expect(await verify()).toEqual([]);

    await faulty.plant(
      `INSERT INTO choice_archive SELECT record.tenant_id, $1, record.id, $2, record.${refColumn} FROM ${table} AS record WHERE id = ANY ($3)
       ON CONFLICT (tenant_id, field, record_id) DO UPDATE SET legacy_value = excluded.legacy_value, ref = excluded.ref`,
      [coordinate, second, rows],
    );
    const drifting = await verify();
    expect(drifting).toEqual([expect.objectContaining({ code: 'DRIFT', count: rows.length, sampleIds: rows.slice(0, 5) })]);
    expect(drifting[0]!.command).toEqual(['map', coordinate, '--tenant', 'acme', '--remap', `${second}=${second}`]);
    expect(await faulty.mend(drifting[0]!)).toBe(0);
    expect(await verify()).toEqual([]);

    await faulty.plant(`UPDATE ${table} SET ${refColumn} = uuid_v7() WHERE id = ANY ($1)`, [rows]);
    const orphaned = (await verify()).filter(({ code }) => code !== 'ARCHIVE');
    expect(orphaned).toEqual([
      expect.objectContaining({ code: 'ORPHANED', count: rows.length, sampleIds: expect.arrayContaining(rows.slice(0, 5)) }),
    ]);
    for (const finding of orphaned) expect(await faulty.mend(finding)).toBe(0);
    for (const finding of await verify()) expect(await faulty.mend(finding)).toBe(0);
    expect(await verify()).toEqual([]);
  });
});
