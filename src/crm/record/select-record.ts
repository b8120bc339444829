import { type RawBuilder, sql } from 'kysely';
import { refProperty } from '../../choice/derive/graphql-output.ts';
import { legacyExpression } from '../../choice/derive/legacy-value.ts';
import type { ChoiceRules } from '../../choice/rules.ts';
import { quoteIdentifier } from '../../database/identifier.ts';
import type { RecordDefinition, RecordRow } from './record-definition.ts';

/** A row of which nothing but its id and the properties that were asked for is there. */
export type SelectedRow = Pick<RecordRow, 'id'> & Readonly<Record<string, unknown>>;

/** What `record` holds under its property names: points in time as ISO 8601 text, legacy strings from where they are kept. */
export function selectRecord(record: RecordDefinition, rules: ChoiceRules): RawBuilder<unknown> {
  return sql.raw(writeSelection(record, rules, undefined));
}

/** By the members that an operation asks for and by what tells where their values are: the same text for every request. */
const selections = new WeakMap<ReadonlySet<string>, Map<string, RawBuilder<unknown>>>();
/** Fields change where they keep their values hardly ever: what was so before is not needed any more. */
const MOST_SELECTIONS = 16;

/** The same, of nothing but the id and what these members are answered by. */
export function selectMembers(
  record: RecordDefinition,
  tenantId: string,
  rules: ChoiceRules,
  members: ReadonlySet<string>,
): RawBuilder<unknown> {
  const key = nameStorage(record, tenantId, rules);
  const known = selections.get(members)?.get(key);
  if (known !== undefined) return known;
  const made = sql.raw(writeSelection(record, rules, listProperties(record, tenantId, rules, members)));
  const others = selections.get(members);
  selections.set(members, new Map([...(others === undefined || others.size >= MOST_SELECTIONS ? [] : others), [key, made]]));
  return made;
}

/** A record, and where its choices are kept: under one name, a tenant's rows are read by one text. */
export function nameStorage(record: RecordDefinition, tenantId: string, rules: ChoiceRules): string {
  const places = record.choiceFields.map((field) => `${rules.storage(field)} ${String(rules.readsRefAlone(field, tenantId))}`);
  return [record.name, ...places].join();
}

/** SQL text of the id and these properties; of all if it is not said of which. */
function writeSelection(record: RecordDefinition, rules: ChoiceRules, properties: ReadonlySet<string> | undefined): string {
  const columns = record.columns.map(({ property, column, kind }) => {
    const value = `record.${quoteIdentifier(column)}`;
    return { property, value: kind === 'timestamptz' ? `to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : value };
  });
  const choices = record.choiceFields.flatMap((field) => [
    { property: field.legacy, value: legacyExpression(field, rules.storage(field)) },
    { property: refProperty(field), value: `record.${quoteIdentifier(field.refColumn)}` },
  ]);
  return [...columns, ...choices]
    .filter(({ property }) => properties === undefined || property === 'id' || properties.has(property))
    .map(({ property, value }) => `${value} AS ${quoteIdentifier(property)}`)
    .join(', ');
}

/** The properties of a record that answer these members of it. Undefined for all: who knows what a member reads that is none of them. */
function listProperties(
  record: RecordDefinition,
  tenantId: string,
  rules: ChoiceRules,
  members: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const properties = new Set<string>();
  for (const member of members) {
    const found = findProperties(record, tenantId, rules, member);
    if (found === undefined) return undefined;
    for (const property of found) properties.add(property);
  }
  return properties;
}

function findProperties(record: RecordDefinition, tenantId: string, rules: ChoiceRules, member: string): readonly string[] | undefined {
  if (record.columns.some(({ property }) => property === member)) return [member];
  for (const field of record.choiceFields) {
    if (member === field.legacy) return [field.legacy];
    if (member === field.ref && rules.readsRefAlone(field, tenantId)) return [refProperty(field)];
    if (member === field.ref || member === field.label) return [field.legacy, refProperty(field)];
  }
  // Another record is found by its id.
  return `${member}Id` in record.references ? [`${member}Id`] : undefined;
}
