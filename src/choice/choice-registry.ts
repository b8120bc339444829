import { DeclarationError } from '../errors.ts';
import { type ChoiceField, type ChoiceType, type HardcodedChoice, snakeCase } from './choice-field.ts';
import { labelKey } from './label-key.ts';

/** PostgreSQL truncates longer identifiers silently (NAMEDATALEN); derived names add up to 24 characters. */
const LONGEST_TABLE_AND_COLUMN = 39;
const KEY_PATTERN = /^[a-z][a-z0-9_]*$/;
const VERSION_PATTERN = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Columns, GraphQL fields and columns of sheets that every choice has. */
const COMMON_COLUMNS = new Set(
  'tenant_id id key label position active system merged_into merged_into_id usage aliases version deleted created_at updated_at deleted_at'.split(
    ' ',
  ),
);
const VALUE_CHECKS = {
  text: (value: unknown) => typeof value === 'string',
  integer: (value: unknown) => Number.isInteger(value),
  numeric: (value: unknown) => Number.isFinite(value),
  boolean: (value: unknown) => typeof value === 'boolean',
};

/** Every choice field and choice type of an application, checked. */
export interface ChoiceRegistry {
  readonly fields: readonly ChoiceField[];
  readonly types: readonly ChoiceType[];
  /** The field at a coordinate such as `Lead.industry`, or undefined. */
  field(coordinate: string): ChoiceField | undefined;
  /** The fields of one record type, in declared order. */
  fieldsOf(owner: string): readonly ChoiceField[];
  /** The fields that use one choice type, in declared order. */
  fieldsOfType(type: ChoiceType): readonly ChoiceField[];
  /** The hardcoded lists of a type's fields as one list, in declared order. */
  hardcodedOf(type: ChoiceType): readonly HardcodedChoice[];
}

/**
 * Checks the declarations and makes them findable.
 * @throws DeclarationError naming every entry that is wrong, and why.
 */
export function createChoiceRegistry(fields: readonly ChoiceField[]): ChoiceRegistry {
  const mistakes = [...fields.flatMap(mistakesOf), ...duplicates(fields), ...typeMistakes(fields)];
  if (mistakes.length > 0) throw new DeclarationError(`Wrong choice field declaration:\n${mistakes.map((m) => `- ${m}`).join('\n')}`);

  const types = [...new Set(fields.map((field) => field.type))];
  const byCoordinate = new Map(fields.map((field) => [field.coordinate, field]));
  const byOwner = Map.groupBy(fields, (field) => field.owner);
  const byType = Map.groupBy(fields, (field) => field.type);
  const hardcoded = new Map(types.map((type) => [type, mergeHardcoded(byType.get(type)!)]));
  return Object.freeze({
    fields: Object.freeze([...fields]),
    types: Object.freeze(types),
    field: (coordinate: string) => byCoordinate.get(coordinate),
    fieldsOf: (owner: string) => byOwner.get(owner) ?? [],
    fieldsOfType: (type: ChoiceType) => byType.get(type) ?? [],
    hardcodedOf: (type: ChoiceType) => hardcoded.get(type) ?? [],
  });
}

function mistakesOf(field: ChoiceField): string[] {
  const mistakes: string[] = [];
  const say = (why: string) => mistakes.push(`${field.coordinate}: ${why}`);

  if (!/^[A-Z][A-Za-z0-9]*$/.test(field.owner)) say(`owner must be a GraphQL type name in PascalCase, got "${field.owner}"`);
  if (!/^[a-z][A-Za-z0-9]*$/.test(field.legacy)) say(`legacy must be a GraphQL field name in camelCase, got "${field.legacy}"`);
  if (!/^[A-Z][A-Za-z0-9]*$/.test(field.type.name)) say(`type must be a GraphQL type name in PascalCase, got "${field.type.name}"`);
  if (!Number.isInteger(field.length) || field.length < 1) say(`length must be a positive whole number, got ${field.length}`);
  if (`${field.table}_${field.refColumn}`.length > LONGEST_TABLE_AND_COLUMN)
    say(
      `"${field.table}" and "${field.refColumn}" together must have at most ${LONGEST_TABLE_AND_COLUMN - 1} characters, so that derived names fit PostgreSQL's 63`,
    );

  if (field.hardcoded.length === 0) say('hardcoded must list at least one choice');
  for (const key of repeated(field.hardcoded.map(([key]) => key))) say(`hardcoded lists the key "${key}" twice`);
  for (const label of repeated(field.hardcoded.map(([, label]) => labelKey(label))))
    say(`hardcoded lists the label "${label}" twice (labels are compared trimmed and without case)`);
  for (const [key, label, extra] of field.hardcoded) {
    if (!KEY_PATTERN.test(key)) say(`hardcoded key "${key}" must match ${KEY_PATTERN.source}`);
    if (label.trim() === '') say(`hardcoded key "${key}" has no label`);
    for (const [name, value] of Object.entries(extra ?? {})) {
      const column = Object.hasOwn(field.type.extra, name) ? field.type.extra[name] : undefined;
      if (!column) say(`hardcoded key "${key}" sets "${name}", which the type ${field.type.name} does not have`);
      else if (!VALUE_CHECKS[column.type](value))
        say(`hardcoded key "${key}" sets "${name}" to ${JSON.stringify(value)}, expected ${column.type}`);
    }
  }
  if (field.default !== null && field.default !== '' && !field.hardcoded.some(([key]) => key === field.default))
    say(`default "${field.default}" is not in its hardcoded list`);
  if (field.required && field.default === '') say(`a required field cannot default to ''`);

  const { introduced, deprecated } = field;
  const { since, sunset, removed } = deprecated;
  if (introduced !== undefined && !VERSION_PATTERN.test(introduced)) say(`introduced must be YYYY-MM, got "${introduced}"`);
  if (introduced !== undefined && introduced > since) say(`it cannot be deprecated in ${since}, before it is introduced in ${introduced}`);
  if (!VERSION_PATTERN.test(since)) say(`deprecated.since must be YYYY-MM, got "${since}"`);
  if (!VERSION_PATTERN.test(sunset)) say(`deprecated.sunset must be YYYY-MM, got "${sunset}"`);
  if (removed !== undefined && !VERSION_PATTERN.test(removed)) say(`deprecated.removed must be YYYY-MM, got "${removed}"`);
  if (removed !== undefined && removed < sunset) say(`it cannot be removed in ${removed}, before its sunset ${sunset}`);
  if (sunset <= since) say(`the sunset ${sunset} must be after the deprecation ${since}`);
  return mistakes;
}

function duplicates(fields: readonly ChoiceField[]): string[] {
  return [
    ...repeated(fields.map((field) => field.coordinate)).map((coordinate) => `${coordinate}: declared twice`),
    ...repeated(fields.map((field) => field.enumValue)).map((value) => `${value}: the ChoiceFieldName of two choice fields`),
    ...clashes(fields.map((field) => [field, [field.legacy, field.ref, field.label].map((name) => `${field.owner}.${name}`)])).map(
      ([name, users]) => `${name}: a GraphQL field of both ${users}`,
    ),
    ...clashes(fields.map((field) => [field, [`${field.table}.${field.legacyColumn}`, `${field.table}.${field.refColumn}`]])).map(
      ([name, users]) => `${name}: a column of both ${users}`,
    ),
  ];
}

function typeMistakes(fields: readonly ChoiceField[]): string[] {
  const mistakes: string[] = [];
  const names = Map.groupBy(fields, (field) => field.type.name);
  const tables = [...new Set(fields.map((field) => field.type.name))].flatMap((name) => [snakeCase(name), `${snakeCase(name)}_alias`]);
  for (const table of repeated([...tables, ...new Set(fields.map((field) => field.table))]))
    mistakes.push(`${table}: the table of two choice types, or of a choice type and a record`);
  for (const [name, users] of names) {
    const coordinates = users.map((field) => field.coordinate).join(', ');
    if (new Set(users.map((field) => field.type)).size > 1) mistakes.push(`${coordinates}: two different choice types are named ${name}`);

    for (const property of Object.keys(users[0]!.type.extra))
      if (COMMON_COLUMNS.has(snakeCase(property))) mistakes.push(`${name}: extra "${property}" is what every choice has already`);

    const shortest = Math.min(...users.map((field) => field.length));
    for (const user of users)
      for (const [key] of user.hardcoded)
        if (key.length > shortest)
          mistakes.push(
            `${user.coordinate}: hardcoded key "${key}" has ${key.length} characters, but the shortest legacy column of type ${name} holds ${shortest}`,
          );

    const labels = new Map<string, string>();
    const keys = new Map<string, string>();
    for (const user of users)
      for (const [key, label] of user.hardcoded) {
        const otherLabel = labels.get(key) ?? label;
        const otherKey = keys.get(labelKey(label)) ?? key;
        if (otherLabel !== label)
          mistakes.push(
            `${user.coordinate}: hardcoded key "${key}" is labelled "${label}", but another field of type ${name} labels it "${otherLabel}"`,
          );
        if (otherKey !== key && otherLabel === label && !user.hardcoded.some(([own]) => own === otherKey))
          mistakes.push(
            `${user.coordinate}: hardcoded key "${key}" has the label "${label}", which another field of type ${name} gives to "${otherKey}"`,
          );
        labels.set(key, label);
        keys.set(labelKey(label), key);
      }
  }
  return mistakes;
}

function mergeHardcoded(fields: readonly ChoiceField[]): readonly HardcodedChoice[] {
  const merged = new Map<string, HardcodedChoice>();
  for (const field of fields) for (const choice of field.hardcoded) if (!merged.has(choice[0])) merged.set(choice[0], choice);
  return Object.freeze([...merged.values()]);
}

/** Names that two different fields claim, each with those fields. Fields that are declared twice are another matter. */
function clashes(claims: readonly (readonly [ChoiceField, readonly string[]])[]): [name: string, users: string][] {
  const byName = Map.groupBy(
    claims.flatMap(([field, names]) => names.map((name) => ({ name, coordinate: field.coordinate }))),
    (claim) => claim.name,
  );
  return [...byName]
    .map(([name, users]): [string, Set<string>] => [name, new Set(users.map((user) => user.coordinate))])
    .filter(([, users]) => users.size > 1)
    .map(([name, users]) => [name, [...users].join(' and ')]);
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
