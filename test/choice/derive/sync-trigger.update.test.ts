import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { type ChoiceSamples, FIRST_ALIAS, MERGED_ALIAS, NOBODY, UNKNOWN } from '../choice-samples.ts';
import { type ChoiceColumns, insertRecord, readRecord, type StoredColumns, TEXT_COLUMN, updateRecord } from '../records.ts';
import { createWriterDatabase, WRITERS, type WriterDatabase } from '../writers.ts';
import { CHECK, FOREIGN_KEY, NOT_NULL } from './refusals.ts';

type Outcome = StoredColumns | string;
type Case = readonly [
  sentence: string,
  set: (of: ChoiceSamples, other: ChoiceSamples) => ChoiceColumns,
  outcome: (of: ChoiceSamples, field: ChoiceField) => Outcome,
];

/** What each UPDATE makes of a row that holds an alias of the first choice, or the SQLSTATE with which it is refused. */
const CASES: readonly Case[] = [
  ['another key brings its choice', (of) => ({ legacy: of.second.key }), (of) => ({ legacy: of.second.key, ref: of.second.id })],
  ['the key of the same choice is stored', (of) => ({ legacy: of.first.key }), (of) => ({ legacy: of.first.key, ref: of.first.id })],
  ['an alias of another choice stays as it is', () => ({ legacy: MERGED_ALIAS }), (of) => ({ legacy: MERGED_ALIAS, ref: of.second.id })],
  ['an unknown value takes the ref away', () => ({ legacy: UNKNOWN }), () => ({ legacy: UNKNOWN, ref: null })],
  ['the key of a deleted choice takes the ref away', () => ({ legacy: 'deleted' }), () => ({ legacy: 'deleted', ref: null })],
  ['the empty value takes the ref away', () => ({ legacy: '' }), () => ({ legacy: '', ref: null })],
  [
    'NULL takes the ref away, where the column may hold it',
    () => ({ legacy: null }),
    (_, field) => (field.required ? NOT_NULL : { legacy: null, ref: null }),
  ],
  ['the same legacy value changes nothing', () => ({ legacy: FIRST_ALIAS }), (of) => ({ legacy: FIRST_ALIAS, ref: of.first.id })],
  ['another ref brings its key', (of) => ({ ref: of.second.id }), (of) => ({ legacy: of.second.key, ref: of.second.id })],
  [
    'a ref to a merged choice becomes its survivor',
    (of) => ({ ref: of.merged.id }),
    (of) => ({ legacy: of.second.key, ref: of.second.id }),
  ],
  ['the same ref changes nothing', (of) => ({ ref: of.first.id }), (of) => ({ legacy: FIRST_ALIAS, ref: of.first.id })],
  ['a ref of NULL empties the legacy value', () => ({ ref: null }), (_, field) => ({ legacy: field.required ? '' : null, ref: null })],
  ['both agree by the key', (of) => ({ legacy: of.second.key, ref: of.second.id }), (of) => ({ legacy: of.second.key, ref: of.second.id })],
  [
    'both agree by an alias of a merged choice',
    (of) => ({ legacy: MERGED_ALIAS, ref: of.merged.id }),
    (of) => ({ legacy: MERGED_ALIAS, ref: of.second.id }),
  ],
  ['both agree that there is none', () => ({ legacy: '', ref: null }), () => ({ legacy: '', ref: null })],
  [
    'both agree on NULL, where the column may hold it',
    () => ({ legacy: null, ref: null }),
    (_, field) => (field.required ? NOT_NULL : { legacy: null, ref: null }),
  ],
  ['an unknown value agrees with no ref', () => ({ legacy: UNKNOWN, ref: null }), () => ({ legacy: UNKNOWN, ref: null })],
  [
    'a whole row of which only the ref is new',
    (of) => ({ legacy: FIRST_ALIAS, ref: of.second.id }),
    (of) => ({ legacy: of.second.key, ref: of.second.id }),
  ],
  [
    'a whole row of which only the legacy value is new',
    (of) => ({ legacy: of.second.key, ref: of.first.id }),
    (of) => ({ legacy: of.second.key, ref: of.second.id }),
  ],
  [
    'a whole row of which only the ref was cleared',
    () => ({ legacy: FIRST_ALIAS, ref: null }),
    (_, field) => ({ legacy: field.required ? '' : null, ref: null }),
  ],
  [
    'a whole row of which nothing is new',
    (of) => ({ legacy: FIRST_ALIAS, ref: of.first.id }),
    (of) => ({ legacy: FIRST_ALIAS, ref: of.first.id }),
  ],
  ['another ref beside the first choice’s key', (of) => ({ legacy: of.first.key, ref: of.second.id }), () => CHECK],
  ['another ref beside an unknown value', (of) => ({ legacy: UNKNOWN, ref: of.second.id }), () => CHECK],
  ['another ref beside the empty value', (of) => ({ legacy: '', ref: of.second.id }), () => CHECK],
  ['no ref beside another key', (of) => ({ legacy: of.second.key, ref: null }), () => CHECK],
  ['a ref to another tenant’s choice', (_, other) => ({ ref: other.second.id }), () => FOREIGN_KEY],
  [
    'a ref to another tenant’s choice beside its key',
    (_, other) => ({ ref: other.second.id, legacy: other.second.key }),
    () => FOREIGN_KEY,
  ],
  ['a ref to no one’s choice', () => ({ ref: NOBODY }), () => FOREIGN_KEY],
  ['a ref to a deleted choice', (of) => ({ ref: of.deleted.id }), () => FOREIGN_KEY],
  ['a ref to a deleted choice beside its key', (of) => ({ ref: of.deleted.id, legacy: 'deleted' }), () => FOREIGN_KEY],
];

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
});
afterAll(() => database.close());

describe.each(choiceRegistry.fields)('an UPDATE of $coordinate', (field) => {
  const insert = (set: ChoiceColumns) => insertRecord(database.owner, field, database.tenantId, set);

  describe.each(WRITERS)('by %s', (writer) => {
    test.each(CASES)('%s', async (_, set, outcome) => {
      const samples = database.samples(field);
      const before = await insert({ legacy: FIRST_ALIAS });
      const updated = await updateRecord(database.as(writer), field, before.id, set(samples, database.otherSamples(field))).then(
        ([row]): Outcome => row!,
        (error: { code: string }) => error.code,
      );
      const expected = outcome(samples, field);
      expect(updated).toEqual(expected);
      expect(await readRecord(database.owner, field, before.id)).toEqual(
        typeof expected === 'string' ? { legacy: before.legacy, ref: before.ref } : expected,
      );
    });

    test('an update of other columns leaves both alone, mapped, aliased, unmapped or not yet migrated', async () => {
      const { first, second } = database.samples(field);
      const rows = [
        await insert({ legacy: FIRST_ALIAS }),
        await insert({ legacy: UNKNOWN }),
        await insert({ legacy: '' }),
        await insertUnmigrated(field, second.key),
      ];
      for (const { id } of rows)
        await database
          .as(writer)
          .query(`UPDATE ${field.table} SET ${TEXT_COLUMN[field.table]} = 'changed', version = version + 1 WHERE id = $1`, [id]);
      expect(await Promise.all(rows.map(({ id }) => readRecord(database.owner, field, id)))).toEqual([
        { legacy: FIRST_ALIAS, ref: first.id },
        { legacy: UNKNOWN, ref: null },
        { legacy: '', ref: null },
        { legacy: second.key, ref: null },
      ]);
    });

    test('a ref gives an unmapped row the key of its choice', async () => {
      const { first } = database.samples(field);
      const { id } = await insert({ legacy: UNKNOWN });
      expect(await updateRecord(database.as(writer), field, id, { ref: first.id })).toEqual([{ legacy: first.key, ref: first.id }]);
    });
  });

  test('the API’s role without a tenant, or with another one, finds no row to update', async () => {
    const { first } = database.samples(field);
    const own = await insert({ legacy: FIRST_ALIAS });
    const others = await insertRecord(database.owner, field, database.otherTenantId, { legacy: FIRST_ALIAS });
    expect(await updateRecord(database.as('the API’s role without a tenant'), field, own.id, { legacy: first.key })).toEqual([]);
    expect(await updateRecord(database.as('the API’s role'), field, others.id, { legacy: first.key })).toEqual([]);
  });

  test('a ref to a choice that was merged later stays until the ref changes, and its legacy value too', async () => {
    const { id: mergeable } = (
      await database.owner.query<{ id: string }>(
        `INSERT INTO ${field.type.table} (tenant_id, key, label, position) VALUES ($1, $2, $2, 99) RETURNING id`,
        [database.tenantId, field.owner === 'Account' ? 'late_two' : 'late_one'],
      )
    ).rows[0]!;
    const { second } = database.samples(field);
    const { id, legacy } = await insert({ ref: mergeable });
    await database.owner.query(`UPDATE ${field.type.table} SET merged_into_id = $2 WHERE tenant_id = $3 AND id = $1`, [
      mergeable,
      second.id,
      database.tenantId,
    ]);
    await updateRecord(database.owner, field, id, { legacy, ref: mergeable });
    expect(await readRecord(database.owner, field, id)).toEqual({ legacy, ref: mergeable });
    expect(await updateRecord(database.owner, field, id, { ref: second.id })).toEqual([{ legacy, ref: second.id }]);
  });
});

/** As a row is that was written before the field was expanded. */
async function insertUnmigrated(field: ChoiceField, legacy: string) {
  await database.owner.query(`BEGIN; ALTER TABLE ${field.table} DISABLE TRIGGER USER`);
  const row = await insertRecord(database.owner, field, database.tenantId, { legacy });
  await database.owner.query(`ALTER TABLE ${field.table} ENABLE TRIGGER USER; COMMIT`);
  return row;
}
