import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { DELETED_ALIAS, FIRST_ALIAS, MERGED_ALIAS, NOBODY, UNKNOWN, type ChoiceSamples } from '../choice-samples.ts';
import { type ChoiceColumns, insertRecord, type StoredColumns } from '../records.ts';
import { createWriterDatabase, WRITERS, type WriterDatabase } from '../writers.ts';
import { CHECK, FOREIGN_KEY, NOT_NULL } from './refusals.ts';

type Outcome = StoredColumns | string;
type Case = readonly [
  sentence: string,
  set: (of: ChoiceSamples, field: ChoiceField, other: ChoiceSamples) => ChoiceColumns,
  outcome: (of: ChoiceSamples, field: ChoiceField) => Outcome,
];

/** What each INSERT stores, or the SQLSTATE with which it is refused. */
const CASES: readonly Case[] = [
  ['a key brings its choice', (of) => ({ legacy: of.first.key }), (of) => ({ legacy: of.first.key, ref: of.first.id })],
  ['an alias stays as it is and brings its choice', () => ({ legacy: FIRST_ALIAS }), (of) => ({ legacy: FIRST_ALIAS, ref: of.first.id })],
  [
    'an alias of a merged choice brings the survivor',
    () => ({ legacy: MERGED_ALIAS }),
    (of) => ({ legacy: MERGED_ALIAS, ref: of.second.id }),
  ],
  ['the key of a merged choice brings the survivor', () => ({ legacy: 'merged' }), (of) => ({ legacy: 'merged', ref: of.second.id })],
  ['the key of a deleted choice brings none', () => ({ legacy: 'deleted' }), () => ({ legacy: 'deleted', ref: null })],
  ['an alias of a deleted choice brings none', () => ({ legacy: DELETED_ALIAS }), () => ({ legacy: DELETED_ALIAS, ref: null })],
  ['an unknown value is stored without a choice', () => ({ legacy: UNKNOWN }), () => ({ legacy: UNKNOWN, ref: null })],
  [
    'another case is another value',
    (of) => ({ legacy: of.first.key.toUpperCase().slice(0, 10) }),
    (of) => ({ legacy: of.first.key.toUpperCase().slice(0, 10), ref: null }),
  ],
  ['a space behind makes another value', () => ({ legacy: 'high ' }), () => ({ legacy: 'high ', ref: null })],
  ['the empty value stays empty', () => ({ legacy: '' }), () => ({ legacy: '', ref: null })],
  [
    'NULL stays NULL, where the column may hold it',
    () => ({ legacy: null }),
    (_, field) => (field.required ? NOT_NULL : { legacy: null, ref: null }),
  ],
  ['a NULL ref counts as none given', (of) => ({ legacy: of.first.key, ref: null }), (of) => ({ legacy: of.first.key, ref: of.first.id })],
  [
    'neither gives what the default gives',
    () => ({}),
    (of, field) => (field.default === null && field.required ? NOT_NULL : { legacy: field.default, ref: of.preset?.id ?? null }),
  ],
  ['a ref brings its key', (of) => ({ ref: of.first.id }), (of) => ({ legacy: of.first.key, ref: of.first.id })],
  ['a ref beside NULL brings its key', (of) => ({ ref: of.first.id, legacy: null }), (of) => ({ legacy: of.first.key, ref: of.first.id })],
  [
    'a ref beside the empty value brings its key',
    (of) => ({ ref: of.first.id, legacy: '' }),
    (of) => ({ legacy: of.first.key, ref: of.first.id }),
  ],
  [
    'a ref beside the default, spelled out, brings its key',
    (of, field) => ({ ref: of.first.id, legacy: field.default }),
    (of) => ({ legacy: of.first.key, ref: of.first.id }),
  ],
  [
    'a ref to a merged choice becomes its survivor',
    (of) => ({ ref: of.merged.id }),
    (of) => ({ legacy: of.second.key, ref: of.second.id }),
  ],
  ['both agree by the key', (of) => ({ ref: of.first.id, legacy: of.first.key }), (of) => ({ legacy: of.first.key, ref: of.first.id })],
  [
    'both agree by an alias, which stays',
    (of) => ({ ref: of.first.id, legacy: FIRST_ALIAS }),
    (of) => ({ legacy: FIRST_ALIAS, ref: of.first.id }),
  ],
  [
    'both agree after a merge',
    (of) => ({ ref: of.merged.id, legacy: MERGED_ALIAS }),
    (of) => ({ legacy: MERGED_ALIAS, ref: of.second.id }),
  ],
  ['both name different choices', (of) => ({ ref: of.first.id, legacy: of.second.key }), () => CHECK],
  ['a ref beside an unknown value', (of) => ({ ref: of.first.id, legacy: UNKNOWN }), () => CHECK],
  ['a ref to another tenant’s choice', (_, __, other) => ({ ref: other.first.id }), () => FOREIGN_KEY],
  [
    'a ref to another tenant’s choice beside its key',
    (_, __, other) => ({ ref: other.first.id, legacy: other.first.key }),
    () => FOREIGN_KEY,
  ],
  ['a ref to no one’s choice', () => ({ ref: NOBODY }), () => FOREIGN_KEY],
  ['a ref to a deleted choice', (of) => ({ ref: of.deleted.id }), () => FOREIGN_KEY],
];

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
});
afterAll(() => database.close());

describe.each(choiceRegistry.fields)('an INSERT of $coordinate', (field) => {
  describe.each(WRITERS)('by %s', (writer) => {
    test.each(CASES)('%s', async (_, set, outcome) => {
      const samples = database.samples(field);
      const inserted = await insertRecord(
        database.as(writer),
        field,
        database.tenantId,
        set(samples, field, database.otherSamples(field)),
      ).then(
        ({ legacy, ref }): Outcome => ({ legacy, ref }),
        (error: { code: string }) => error.code,
      );
      expect(inserted).toEqual(outcome(samples, field));
    });
  });

  test('without a tenant the API’s role stores nothing', async () => {
    const { first } = database.samples(field);
    const client = database.as('the API’s role without a tenant');
    for (const set of [{ legacy: first.key }, { ref: first.id }, { legacy: first.key, ref: first.id }])
      await expect(insertRecord(client, field, database.tenantId, set)).rejects.toMatchObject({ code: '42501' });
  });

  test('with a tenant the API’s role stores nothing of another one', async () => {
    const { first } = database.otherSamples(field);
    for (const set of [{ legacy: first.key }, { ref: first.id }])
      await expect(insertRecord(database.as('the API’s role'), field, database.otherTenantId, set)).rejects.toMatchObject({
        code: '42501',
      });
  });
});
