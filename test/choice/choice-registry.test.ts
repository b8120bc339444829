import { describe, expect, test } from '@jest/globals';
import { type ChoiceFieldDeclaration, choiceField, choiceType, type HardcodedChoice } from '../../src/choice/choice-field.ts';
import { createChoiceRegistry } from '../../src/choice/choice-registry.ts';

const Colour = choiceType({
  name: 'Colour',
  description: 'A colour.',
  extra: { hexCode: { type: 'text', description: 'As RRGGBB.' }, isWarm: { type: 'boolean', description: 'Whether it is warm.' } },
});

function declare(declaration: Partial<ChoiceFieldDeclaration> = {}) {
  return choiceField({
    owner: 'Car',
    legacy: 'paint',
    length: 10,
    required: false,
    default: null,
    type: Colour,
    hardcoded: [
      ['red', 'Red'],
      ['blue', 'Blue'],
    ],
    deprecated: { since: '2026-11', sunset: '2027-07' },
    ...declaration,
  });
}

test('a right declaration can be found by coordinate, record and type', () => {
  const paint = declare();
  const trim = declare({
    legacy: 'seatTrim',
    hardcoded: [
      ['red', 'Red'],
      ['beige', 'Beige'],
    ],
  });
  const registry = createChoiceRegistry([paint, trim]);
  expect(registry.field('Car.seatTrim')).toBe(trim);
  expect(registry.field('Car.seat_trim')).toBeUndefined();
  expect(registry.fieldsOf('Car')).toEqual([paint, trim]);
  expect(registry.fieldsOf('Boat')).toEqual([]);
  expect(registry.types).toEqual([Colour]);
  expect(registry.hardcodedOf(Colour).map(([key]) => key)).toEqual(['red', 'blue', 'beige']);
  expect(trim).toMatchObject({
    ref: 'seatTrimRef',
    label: 'seatTrimLabel',
    legacyColumn: 'seat_trim',
    refColumn: 'seat_trim_id',
    enumValue: 'CAR_SEAT_TRIM',
  });
});

const hardcoded = (...choices: HardcodedChoice[]): Partial<ChoiceFieldDeclaration> => ({ hardcoded: choices });

describe('a wrong declaration is refused, saying which entry and why', () => {
  test.each<[string, Partial<ChoiceFieldDeclaration>, string]>([
    ['an owner that is no type name', { owner: 'car' }, 'car.paint: owner must be a GraphQL type name in PascalCase, got "car"'],
    [
      'a legacy field with an underscore',
      { legacy: 'paint_job' },
      'Car.paint_job: legacy must be a GraphQL field name in camelCase, got "paint_job"',
    ],
    [
      'a type that is no type name',
      { type: choiceType({ name: 'colour', description: '' }) },
      'Car.paint: type must be a GraphQL type name in PascalCase, got "colour"',
    ],
    ['a length of 0', { length: 0 }, 'Car.paint: length must be a positive whole number, got 0'],
    ['half a length', { length: 10.5 }, 'Car.paint: length must be a positive whole number, got 10.5'],
    ['names too long for PostgreSQL', { legacy: 'p'.repeat(40) }, 'together must have at most 38 characters'],
    ['no choices', hardcoded(), 'Car.paint: hardcoded must list at least one choice'],
    ['a key listed twice', hardcoded(['red', 'Red'], ['red', 'Rosso']), 'Car.paint: hardcoded lists the key "red" twice'],
    [
      'a label listed twice but for case and spaces',
      hardcoded(['red', 'Red'], ['rouge', ' RED ']),
      'Car.paint: hardcoded lists the label "red" twice',
    ],
    [
      'a label listed twice but for what nobody sees',
      hardcoded(['red', 'Red'], ['rouge', 'R\u200bed\u2060']),
      'Car.paint: hardcoded lists the label "red" twice',
    ],
    ['a key in upper case', hardcoded(['Red', 'Red']), 'Car.paint: hardcoded key "Red" must match ^[a-z][a-z0-9_]*$'],
    ['a key with a line end', hardcoded(['red\n', 'Red']), 'must match'],
    ['a key that is empty', hardcoded(['', 'None']), 'Car.paint: hardcoded key "" must match'],
    ['a key without a label', hardcoded(['red', ' ']), 'Car.paint: hardcoded key "red" has no label'],
    [
      'a key longer than its column',
      hardcoded(['ultramarine', 'Ultramarine']),
      'Car.paint: hardcoded key "ultramarine" has 11 characters, but the shortest legacy column of type Colour holds 10',
    ],
    [
      'a value of a column that the type lacks',
      hardcoded(['red', 'Red', { price: 3 }]),
      'Car.paint: hardcoded key "red" sets "price", which the type Colour does not have',
    ],
    [
      'a value that is inherited by every object',
      hardcoded(['red', 'Red', { toString: 'x' }]),
      'Car.paint: hardcoded key "red" sets "toString", which the type Colour does not have',
    ],
    [
      'a value of the wrong kind',
      hardcoded(['red', 'Red', { isWarm: 'yes' }]),
      'Car.paint: hardcoded key "red" sets "isWarm" to "yes", expected boolean',
    ],
    ['a default that is not listed', { default: 'green' }, 'Car.paint: default "green" is not in its hardcoded list'],
    ['an empty default of a required field', { default: '', required: true }, `Car.paint: a required field cannot default to ''`],
    [
      'a month that is none',
      { deprecated: { since: '2026-13', sunset: '2027-07' } },
      'Car.paint: deprecated.since must be YYYY-MM, got "2026-13"',
    ],
    [
      'a sunset that is a day',
      { deprecated: { since: '2026-11', sunset: '2027-07-01' } },
      'Car.paint: deprecated.sunset must be YYYY-MM, got "2027-07-01"',
    ],
    [
      'a sunset before the deprecation',
      { deprecated: { since: '2026-11', sunset: '2026-10' } },
      'Car.paint: the sunset 2026-10 must be after the deprecation 2026-11',
    ],
    [
      'a removal that is a day',
      { deprecated: { since: '2026-11', sunset: '2027-07', removed: '2027-07-01' } },
      'Car.paint: deprecated.removed must be YYYY-MM, got "2027-07-01"',
    ],
    [
      'a removal before the sunset',
      { deprecated: { since: '2026-11', sunset: '2027-07', removed: '2027-06' } },
      'Car.paint: it cannot be removed in 2027-06, before its sunset 2027-07',
    ],
    ['a sunset in the month of the deprecation', { deprecated: { since: '2026-11', sunset: '2026-11' } }, 'must be after the deprecation'],
  ])('%s', (_, declaration, message) => {
    expect(() => createChoiceRegistry([declare(declaration)])).toThrow(
      expect.objectContaining({ name: 'DeclarationError', message: expect.stringContaining(message) }),
    );
  });
});

describe('declarations that do not go together are refused', () => {
  const extraOf = (name: string) => choiceType({ name: 'Colour', description: '', extra: { [name]: { type: 'text', description: '' } } });
  test.each([
    ['a coordinate declared twice', [declare(), declare()], 'Car.paint: declared twice'],
    [
      'two fields of one column',
      [declare({ legacy: 'paintJob' }), declare({ legacy: 'paintJOB' })],
      'car.paint_job: a column of both Car.paintJob and Car.paintJOB',
    ],
    [
      'a legacy column that is another field’s ref column',
      [declare(), declare({ legacy: 'paintId' })],
      'car.paint_id: a column of both Car.paint and Car.paintId',
    ],
    [
      'a legacy field that is another field’s ref',
      [declare(), declare({ legacy: 'paintRef' })],
      'Car.paintRef: a GraphQL field of both Car.paint and Car.paintRef',
    ],
    [
      'a legacy field that is another field’s label',
      [declare(), declare({ legacy: 'paintLabel' })],
      'Car.paintLabel: a GraphQL field of both Car.paint and Car.paintLabel',
    ],
    [
      'two types of one name',
      [declare(), declare({ legacy: 'trim', type: extraOf('shade') })],
      'Car.paint, Car.trim: two different choice types are named Colour',
    ],
    [
      'two types of one table',
      [declare(), declare({ legacy: 'trim', type: choiceType({ name: 'ColourAlias', description: '' }) })],
      'colour_alias: the table of two choice types',
    ],
    [
      'a type and a record of one table',
      [declare({ type: choiceType({ name: 'Car', description: '' }) })],
      'car: the table of two choice types, or of a choice type and a record',
    ],
    [
      'an own column that every choice has',
      [declare({ type: extraOf('label') })],
      'Colour: extra "label" is what every choice has already',
    ],
    [
      'an own column that every choice’s sheet has',
      [declare({ type: extraOf('aliases') })],
      'Colour: extra "aliases" is what every choice has already',
    ],
    [
      'an own column that every choice’s table has',
      [declare({ type: extraOf('deletedAt') })],
      'Colour: extra "deletedAt" is what every choice has already',
    ],
    [
      'a key too long for another field’s column',
      [declare({ hardcoded: [['turquoise', 'Turquoise']] }), declare({ legacy: 'trim', length: 5, hardcoded: [['red', 'Red']] })],
      'Car.paint: hardcoded key "turquoise" has 9 characters, but the shortest legacy column of type Colour holds 5',
    ],
    [
      'one key with two labels',
      [declare(), declare({ legacy: 'trim', hardcoded: [['red', 'Crimson']] })],
      'Car.trim: hardcoded key "red" is labelled "Crimson", but another field of type Colour labels it "Red"',
    ],
    [
      'one label of two keys',
      [declare(), declare({ legacy: 'trim', hardcoded: [['rosso', 'RED']] })],
      'Car.trim: hardcoded key "rosso" has the label "RED", which another field of type Colour gives to "red"',
    ],
  ])('%s', (_, fields, message) => {
    expect(() => createChoiceRegistry(fields)).toThrow(
      expect.objectContaining({ name: 'DeclarationError', message: expect.stringContaining(message) }),
    );
  });

  test('every mistake is named at once', () => {
    expect(() => createChoiceRegistry([declare({ length: 0 }), declare({ legacy: 'trim', default: 'green' })])).toThrow(
      /Car\.paint: length[^]*Car\.trim: default/,
    );
  });
});
