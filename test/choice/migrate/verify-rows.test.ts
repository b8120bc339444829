import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../src/choice/migrate/verify/finding.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { sampleKeys } from '../choice-samples.ts';
import { insertAccount, insertRecord, readRecord, type StoredColumns } from '../records.ts';
import { withoutRules } from '../without-rules.ts';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

const NOBODYS = '00000000-0000-7000-8000-000000000bad';

let faulty: FaultyCrm;
beforeAll(async () => {
  faulty = await createFaultyCrm();
  for (const slug of ['acme', 'globex']) await insertAccount(faulty.owner, faulty.crm.tenant(slug).id);
});
afterAll(() => faulty.close());

describe.each(choiceRegistry.fields.map((field) => [field.coordinate, field] as const))('%s', (_, field) => {
  const { table, legacyColumn, refColumn, type } = field;
  const [firstKey, secondKey] = sampleKeys(type, choiceRegistry.fields);
  const blank = field.required ? '' : null;
  let acme: string;
  let globex: string;
  let ids: readonly string[];

  /** Five rows that are right in each tenant; of the choices, only those that the tenants were born with. */
  beforeEach(async () => {
    acme = faulty.crm.tenant('acme').id;
    globex = faulty.crm.tenant('globex').id;
    await faulty.plant(
      `DELETE FROM ${table} WHERE ${table === 'account' ? `name <> 'Example Ltd' OR industry IS NOT NULL OR tier IS NOT NULL` : 'true'}`,
    );
    await faulty.plant(`DELETE FROM choice_quarantine`);
    await faulty.plant(`DELETE FROM ${type.aliasTable} WHERE legacy_value LIKE 'planted%' OR legacy_value LIKE 'My%'`);
    await faulty.plant(`DELETE FROM ${type.table} WHERE key LIKE 'planted%'`);
    const inserted: string[] = [];
    for (const tenant of [acme, globex])
      for (let row = 0; row < 5; row++) inserted.push((await insertRecord(faulty.owner, field, tenant, { legacy: firstKey })).id);
    ids = inserted.slice(0, 5);
  });

  const choiceId = async (key: string, tenant = acme) =>
    (await faulty.owner.query<{ id: string }>(`SELECT id FROM ${type.table} WHERE tenant_id = $1 AND key = $2`, [tenant, key])).rows[0]!.id;
  const addChoice = async (key: string) =>
    (
      await faulty.owner.query<{ id: string }>(
        `INSERT INTO ${type.table} (tenant_id, key, label, position) VALUES ($1, $2, $2, 99) RETURNING id`,
        [acme, key],
      )
    ).rows[0]!.id;
  const addAlias = (value: string, choice: string) =>
    faulty.owner.query(`INSERT INTO ${type.aliasTable} (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)`, [acme, value, choice]);
  const setRows = (count: number, set: Partial<StoredColumns>) =>
    faulty.plant(
      `UPDATE ${table} SET ${[...('legacy' in set ? [`${legacyColumn} = $2`] : []), ...('ref' in set ? [`${refColumn} = $${'legacy' in set ? 3 : 2}`] : [])].join(', ')} WHERE id = ANY ($1)`,
      [ids.slice(0, count), ...('legacy' in set ? [set.legacy] : []), ...('ref' in set ? [set.ref] : [])],
    );
  const readRows = (count: number) => Promise.all(ids.slice(0, count).map((id) => readRecord(faulty.owner, field, id)));
  const verify = () => faulty.verify(field);
  const found = (code: Finding['code'], count: number) =>
    expect.objectContaining({ code, field: field.coordinate, tenant: 'acme', count, sampleIds: ids.slice(0, count).toSorted() });

  /** One finding, of these rows; and what it says mends it. */
  async function expectMended(code: Finding['code'], count: number, after: StoredColumns): Promise<Finding> {
    const findings = await verify();
    expect(findings).toEqual([found(code, count)]);
    expect(await faulty.mend(findings[0]!)).toBe(0);
    expect(await readRows(count)).toEqual(Array.from({ length: count }, () => after));
    expect(await verify()).toEqual([]);
    return findings[0]!;
  }

  test('rows that are right are no finding', async () => {
    expect(await verify()).toEqual([]);
  });

  test('a ref that is missing', async () => {
    await setRows(3, { ref: null });
    await expectMended('MISSING', 3, { legacy: firstKey, ref: await choiceId(firstKey) });
  });

  test('a value that no choice has', async () => {
    await setRows(2, { legacy: 'Mystery', ref: null });
    const findings = await verify();
    expect(findings).toEqual([found('UNMAPPED', 2)]);
    expect(findings[0]!.message).toContain('"Mystery"');
    expect(findings[0]!.remedy).not.toContain('Mystery');
  });

  test('a ref to another choice than the value names', async () => {
    await setRows(2, { ref: await choiceId(secondKey) });
    const finding = await expectMended('DRIFT', 2, { legacy: firstKey, ref: await choiceId(firstKey) });
    expect(finding.command).toEqual(['map', field.coordinate, '--tenant', 'acme', '--remap', `${firstKey}=${firstKey}`]);
  });

  test('a ref beside a value that names nothing', async () => {
    await setRows(2, { legacy: 'My = 1', ref: await choiceId(secondKey) });
    await expectMended('DRIFT', 2, { legacy: 'My = 1', ref: await choiceId(secondKey) });
  });

  test('a ref beside no value at all', async () => {
    await setRows(2, { legacy: blank, ref: await choiceId(secondKey) });
    await expectMended('DRIFT', 2, { legacy: secondKey, ref: await choiceId(secondKey) });
  });

  test('a ref to a choice that was deleted', async () => {
    const id = await addChoice('planted');
    await setRows(2, { legacy: 'planted', ref: id });
    await faulty.owner.query(withoutRules(type, `UPDATE ${type.table} SET deleted_at = now() WHERE id = '${id}'`));
    await expectMended('DRIFT', 2, { legacy: 'planted', ref: id });
  });

  test('a ref to a choice that nobody has', async () => {
    await setRows(2, { ref: NOBODYS });
    await expectMended('ORPHANED', 2, { legacy: firstKey, ref: await choiceId(firstKey) });
  });

  test('a ref to nobody’s choice beside no value', async () => {
    await setRows(2, { legacy: blank, ref: NOBODYS });
    await expectMended('ORPHANED', 2, { legacy: blank, ref: null });
  });

  test('a ref to nobody’s choice beside a value that names nothing is found, and keeps its value', async () => {
    await setRows(2, { legacy: 'Mystery', ref: NOBODYS });
    const findings = await verify();
    expect(findings).toEqual([found('ORPHANED', 2)]);
    const command = findings[0]!.remedy
      .replace('VALUE=KEY, twice: the value is mapped first, then its rows move', `Mystery=${secondKey}`)
      .split(' ');
    for (let time = 0; time < 2; time++) expect(await faulty.mend({ ...findings[0]!, command: command.slice(1) })).toBe(0);
    expect(await readRows(2)).toEqual(Array.from({ length: 2 }, () => ({ legacy: 'Mystery', ref: expect.any(String) })));
    expect(await verify()).toEqual([]);
  });

  test('a ref to another tenant’s choice', async () => {
    await setRows(2, { ref: await choiceId(firstKey, globex) });
    await expectMended('CROSS_TENANT', 2, { legacy: firstKey, ref: await choiceId(firstKey) });
  });

  test('a ref to a choice that was merged', async () => {
    const id = await addChoice('planted');
    await setRows(2, { legacy: 'planted', ref: id });
    expect(await verify()).toEqual([]);
    await faulty.owner.query(`UPDATE ${type.table} SET merged_into_id = $2 WHERE id = $1`, [id, await choiceId(secondKey)]);
    await expectMended('MERGED_REF', 2, { legacy: 'planted', ref: await choiceId(secondKey) });
  });

  test('a row that no batch could write is told with its error, and not as missing too', async () => {
    await setRows(3, { ref: null });
    await faulty.plant(
      `INSERT INTO choice_quarantine (tenant_id, field, record_id, error) SELECT $1, $2, unnest($3::uuid[]), 'no such luck'`,
      [acme, field.coordinate, ids.slice(0, 2)],
    );
    const findings = await verify();
    expect(findings).toEqual([found('QUARANTINED', 2), expect.objectContaining({ code: 'MISSING', count: 1, sampleIds: [ids[2]] })]);
    expect(findings[0]!.message).toContain('no such luck');
    expect(await faulty.mend(findings[0]!)).toBe(0);
    expect(await verify()).toEqual([]);
  });

  test('a quarantine of a row that somebody wrote since is no finding', async () => {
    await faulty.plant(
      `INSERT INTO choice_quarantine (tenant_id, field, record_id, error) VALUES ($1, $2, $3, 'once'), ($1, $2, $4, 'of nobody')`,
      [acme, field.coordinate, ids[0], NOBODYS],
    );
    expect(await verify()).toEqual([]);
  });

  test('an alias that leads to a deleted choice', async () => {
    const id = await addChoice('planted');
    await addAlias('planted b', id);
    await faulty.owner.query(`UPDATE ${type.table} SET deleted_at = now() WHERE id = $1`, [id]);
    const findings = await verify();
    expect(findings).toEqual([expect.objectContaining({ code: 'ALIAS_OF_DELETED', tenant: 'acme', count: 1, sampleIds: [id] })]);
    expect(findings[0]!.message).toContain('"planted b"');
    const command = findings[0]!.remedy.replace('VALUE=KEY', `planted b=${secondKey}`).split(' ');
    const pair = command.splice(-2).join(' ');
    expect(await faulty.mend({ ...findings[0]!, command: [...command.slice(1), pair] })).toBe(0);
    expect(await verify()).toEqual([]);
  });

  test('labels that nobody can tell apart', async () => {
    const index = `${type.table}_label_key`;
    await faulty.plant(`DROP INDEX ${index}`);
    const twins = [await addChoice('planted_1'), await addChoice('planted_2')];
    await faulty.plant(
      `UPDATE ${type.table} SET label = CASE key WHEN 'planted_1' THEN 'Planted' ELSE ' PLANTED' END WHERE id = ANY ($1)`,
      [twins],
    );
    const findings = await verify();
    expect(findings).toEqual([
      expect.objectContaining({ code: 'INDEX', message: expect.stringContaining(index) }),
      expect.objectContaining({ code: 'DUPLICATE_LABELS', tenant: 'acme', count: 2, sampleIds: twins.toSorted() }),
    ]);
    for (const finding of findings.toReversed()) await faulty.mend(finding);
    expect(await verify()).toEqual([]);
  });

  test('all of them at once, each found under one name, none invented', async () => {
    const merged = await addChoice('planted');
    await faulty.owner.query(`UPDATE ${type.table} SET merged_into_id = $2 WHERE id = $1`, [merged, await choiceId(secondKey)]);
    const plant = (row: number, legacy: string | null, ref: string | null) =>
      faulty.plant(`UPDATE ${table} SET ${legacyColumn} = $2, ${refColumn} = $3 WHERE id = $1`, [ids[row], legacy, ref]);
    await plant(0, firstKey, NOBODYS);
    await plant(1, firstKey, await choiceId(firstKey, globex));
    // Merged away, and not into what the value names.
    await plant(2, firstKey, merged);
    await plant(3, 'planted', merged);
    await plant(4, secondKey, null);
    const findings = await verify();
    expect(findings.map(({ code, count, sampleIds }) => [code, count, sampleIds])).toEqual([
      ['CROSS_TENANT', 1, [ids[1]]],
      ['ORPHANED', 1, [ids[0]]],
      ['DRIFT', 1, [ids[2]]],
      ['MERGED_REF', 1, [ids[3]]],
      ['MISSING', 1, [ids[4]]],
    ]);
    for (const finding of findings) expect(await faulty.mend(finding)).toBe(0);
    expect(await verify()).toEqual([]);
  });

  test('of a tenant that is not populated only refs that are wrong are told, beside that', async () => {
    await setRows(3, { ref: null });
    await setRows(1, { ref: NOBODYS });
    await faulty.owner.query('DELETE FROM choice_tenant_state WHERE tenant_id = $1 AND field = $2', [acme, field.coordinate]);
    expect(await verify()).toEqual([expect.objectContaining({ code: 'NOT_POPULATED', tenant: 'acme' }), found('ORPHANED', 1)]);
    await faulty.crm.populate();
    expect((await verify()).map(({ code, count }) => [code, count])).toEqual([
      ['ORPHANED', 1],
      ['MISSING', 2],
    ]);
  });

  test('five ids are told of many rows, from the largest group on', async () => {
    await setRows(5, { ref: NOBODYS });
    const more: string[] = [];
    for (let row = 0; row < 3; row++) more.push((await insertRecord(faulty.owner, field, acme, { legacy: secondKey })).id);
    await faulty.plant(`UPDATE ${table} SET ${refColumn} = $2 WHERE id = ANY ($1)`, [more, NOBODYS]);
    expect(await verify()).toEqual([expect.objectContaining({ code: 'ORPHANED', count: 8, sampleIds: ids.toSorted() })]);
  });
});
