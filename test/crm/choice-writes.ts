import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { choiceId, create, insertRecord, readStored, REQUIRED, update, writeLegacy } from './records.ts';

/** What writes of every choice field come to, wherever `enter` takes a populated database under a running server. */
export function describeChoiceWrites(enter: (crm: TestCrm) => Promise<void>): void {
  let crm: TestCrm;
  let api: TestApi;
  let account: string;
  beforeAll(async () => {
    crm = await createTestCrm({ phase: 'populated' });
    api = await startTestApi(crm);
    await enter(crm);
    account = await insertRecord(crm, 'account', {});
    for (const { table, aliasTable } of choiceRegistry.types) {
      await crm.owner.pool.query(
        `INSERT INTO ${table} (tenant_id, key, label, position) SELECT id, 'old', 'Old', 90 FROM tenant UNION ALL SELECT id, 'gone', 'Gone', 91 FROM tenant`,
      );
      await crm.owner.pool.query(`UPDATE ${table} SET active = false WHERE key = 'old'`);
      // Two names for one choice: an alias, and a choice that was merged into it.
      await crm.owner.pool.query(
        `INSERT INTO ${aliasTable} (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'Alias', id FROM ${table} WHERE position = 1`,
      );
      await crm.owner.pool.query(
        `UPDATE ${table} AS merged SET merged_into_id = root.id FROM ${table} AS root WHERE root.tenant_id = merged.tenant_id AND root.position = 1 AND merged.key = 'gone'`,
      );
    }
  });
  afterAll(async () => {
    expect(api.log).toEqual([]);
    await api.close();
    await crm.close();
  });

  describe.each(choiceRegistry.fields.map((field) => [field.coordinate, field] as const))('%s', (_coordinate, field) => {
    const [[first, label], [second]] = field.hardcoded as unknown as [[string, string], [string, string]];
    const insert = (legacy: string | null) => insertRecord(crm, field.table, { [field.legacyColumn]: legacy });
    const needed = () => {
      const others = choiceRegistry.fieldsOf(field.owner).filter((other) => other !== field && other.required && other.default === null);
      return { ...REQUIRED[field.owner]!(account), ...Object.fromEntries(others.map((other) => [other.legacy, other.hardcoded[0]![0]])) };
    };
    const stored = async (id: string) => {
      const row = await readStored(crm, field.table, id);
      return { legacy: row[field.legacyColumn], ref: row[field.refColumn], version: row.version };
    };

    test('a key is written, and the ref with it', async () => {
      const { record } = await create(api, field, { ...needed(), [field.legacy]: second });
      expect(record).toMatchObject({ version: 1, legacy: second, ref: { key: second } });
      expect(await update(api, field, record.id, { [field.legacy]: first })).toMatchObject({
        record: { version: 2, legacy: first, ref: { key: first }, label },
      });
      expect(await stored(record.id)).toEqual({ legacy: first, ref: await choiceId(crm, field, first), version: 2 });
    });

    test('a ref is written by key or id, and the key with it', async () => {
      const { record } = await create(api, field, { ...needed(), [field.ref]: { key: second } });
      expect(record).toMatchObject({ legacy: second, ref: { key: second } });
      expect(await update(api, field, record.id, { [field.ref]: { id: (await choiceId(crm, field, first)).toUpperCase() } })).toMatchObject(
        {
          record: { legacy: first, ref: { key: first } },
        },
      );
    });

    test('a merged choice stands for its survivor, by id, key or string', async () => {
      for (const [index, input] of [
        { [field.ref]: { id: await choiceId(crm, field, 'gone') } },
        { [field.ref]: { key: 'gone' } },
        { [field.legacy]: 'gone' },
      ].entries()) {
        const id = await insert(second);
        expect(await update(api, field, id, input)).toMatchObject({ record: { legacy: index < 2 ? first : 'gone', ref: { key: first } } });
        expect(await stored(id)).toMatchObject({ ref: await choiceId(crm, field, first) });
      }
    });

    test('an alias is written as it is, and stays when a ref names what it already means', async () => {
      const id = await insert(second);
      expect(await update(api, field, id, { [field.legacy]: 'Alias' })).toMatchObject({ record: { legacy: 'Alias', ref: { key: first } } });
      const before = await readStored(crm, field.table, id);
      for (const input of [
        { [field.ref]: { key: first } },
        { [field.ref]: { key: 'gone' } },
        { [field.legacy]: 'Alias', [field.ref]: { key: first } },
      ]) {
        expect(await update(api, field, id, input)).toMatchObject({ record: { legacy: 'Alias', ref: { key: first } } });
        expect(await readStored(crm, field.table, id)).toEqual(before);
      }
    });

    test.each(['/graphql/2026-01', '/graphql/2026-11'])(
      'what is stored passes when it is sent back to %s, and nothing is written',
      async (path) => {
        const choice = { [field.ref]: { key: 'old' } };
        for (const legacy of [first, 'Alias', 'old', 'never', ' ', '', ...(field.required ? [] : [null])]) {
          const id = await insert(legacy);
          const before = await readStored(crm, field.table, id);
          const mutation = `mutation ($id: ID!, $input: Update${field.owner}Input!) { update${field.owner}(id: $id, input: $input) { ${field.table} { legacy: ${field.legacy} } } }`;
          const { body } = await api.send(mutation, { id, input: { [field.legacy]: legacy } }, { path });
          expect(body.errors).toBeUndefined();
          expect(body.data).toEqual({ [`update${field.owner}`]: { [field.table]: { legacy } } });
          if (legacy === 'old') expect((await update(api, field, id, choice)).code).toBeUndefined();
          if (legacy === 'never' || !legacy) expect((await update(api, field, id, { [field.ref]: null })).code).toBeUndefined();
          expect(await readStored(crm, field.table, id)).toEqual(before);
        }
      },
    );

    test('an inactive choice may be kept, not newly chosen', async () => {
      const id = await insert(first);
      const inputs = [
        { [field.legacy]: 'old' },
        { [field.ref]: { key: 'old' } },
        { [field.ref]: { id: await choiceId(crm, field, 'old') } },
        { [field.legacy]: 'old', [field.ref]: { key: 'old' } },
      ];
      const before = await readStored(crm, field.table, id);
      for (const input of inputs) {
        expect(await update(api, field, id, input)).toMatchObject({
          code: 'CHOICE_INACTIVE',
          error: { extensions: { key: 'old', field: field.coordinate } },
        });
        expect((await create(api, field, { ...needed(), ...input })).code).toBe('CHOICE_INACTIVE');
      }
      expect(await readStored(crm, field.table, id)).toEqual(before);
      await writeLegacy(crm, field, id, 'old');
      for (const input of inputs) expect((await update(api, field, id, input)).code).toBeUndefined();
    });

    test('of two inputs the one that changes nothing counts as absent', async () => {
      const id = await insert(first);
      expect(await update(api, field, id, { [field.legacy]: first, [field.ref]: { key: second } })).toMatchObject({
        record: { legacy: second, ref: { key: second } },
      });
      expect(await update(api, field, id, { [field.legacy]: first, [field.ref]: { key: second } })).toMatchObject({
        record: { legacy: first, ref: { key: first } },
      });
      expect((await update(api, field, id, { [field.legacy]: 'Alias', [field.ref]: { key: second } })).code).toBe('CHOICE_CONFLICT');
      expect((await update(api, field, id, { [field.legacy]: second, [field.ref]: null })).code).toBe('CHOICE_CONFLICT');
      expect((await update(api, field, id, { [field.legacy]: '', [field.ref]: { key: second } })).code).toBe('CHOICE_CONFLICT');
      expect((await create(api, field, { ...needed(), [field.legacy]: first, [field.ref]: { key: second } })).code).toBe('CHOICE_CONFLICT');
      expect(await create(api, field, { ...needed(), [field.legacy]: 'Alias', [field.ref]: { key: 'gone' } })).toMatchObject({
        record: { legacy: 'Alias', ref: { key: first } },
      });
    });

    test('nothing is cleared on a required field; on another, null clears both and an empty string stays one', async () => {
      for (const [input, legacy] of [
        [{ [field.legacy]: null }, null],
        [{ [field.ref]: null }, null],
        [{ [field.legacy]: '' }, ''],
        [{ [field.legacy]: '', [field.ref]: null }, ''],
        [{ [field.legacy]: null, [field.ref]: null }, null],
      ] as const) {
        const id = await insert(first);
        const before = await readStored(crm, field.table, id);
        const updated = await update(api, field, id, input);
        const created = await create(api, field, { ...needed(), ...input });
        if (field.required) {
          expect([updated.code, created.code]).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
          expect(await readStored(crm, field.table, id)).toEqual(before);
        } else {
          expect(updated.record).toMatchObject({ legacy, ref: null, label: legacy });
          expect(created.record).toMatchObject({ legacy, ref: null });
          expect(await stored(id)).toEqual({ legacy, ref: null, version: 2 });
        }
      }
    });

    test('left out of a new record it takes its default, or is asked for', async () => {
      const { code, record } = await create(api, field, needed());
      if (field.required && field.default === null) expect(code).toBe('BAD_USER_INPUT');
      else expect(record).toMatchObject({ legacy: field.default, ref: field.default ? { key: field.default } : null });
    });

    test("another tenant's, another type's and no one's choice are not found", async () => {
      const other = choiceRegistry.fields.find((candidate) => candidate.type !== field.type)!;
      const ids = [
        await choiceId(crm, field, first, 'globex'),
        await choiceId(crm, other, other.hardcoded[0]![0]),
        '00000000-0000-0000-0000-000000000000',
        '',
        'x',
      ];
      const id = await insert(first);
      const before = await readStored(crm, field.table, id);
      for (const choice of ids) {
        expect((await update(api, field, id, { [field.ref]: { id: choice } })).code).toBe('NOT_FOUND');
        expect((await create(api, field, { ...needed(), [field.ref]: { id: choice } })).code).toBe('NOT_FOUND');
      }
      expect(await readStored(crm, field.table, id)).toEqual(before);
    });

    test('an unknown value is told with the keys that are allowed, in their order', async () => {
      const allowed =
        field.type.name === 'Industry'
          ? choiceRegistry.field('Lead.industry')!.hardcoded.map(([key]) => key)
          : field.hardcoded.map(([key]) => key);
      for (const input of [{ [field.legacy]: 'ALIAS' }, { [field.ref]: { key: 'ALIAS' } }])
        expect(await create(api, field, { ...needed(), ...input })).toMatchObject({
          code: 'CHOICE_UNKNOWN',
          error: { extensions: { field: field.coordinate, value: 'ALIAS', allowed } },
        });
    });

    test('a choice that is no part of a write stays as it is', async () => {
      const id = await insert('never');
      const [text] = Object.keys(REQUIRED[field.owner]!(account));
      expect(await update(api, field, id, { [text!]: 'Changed' })).toMatchObject({
        record: { version: 2, legacy: 'never', ref: null, label: 'never' },
      });
      expect(await stored(id)).toEqual({ legacy: 'never', ref: null, version: 2 });
    });
  });
}
