import { type RawBuilder, sql } from 'kysely';
import { refProperty } from '../../choice/derive/graphql-output.ts';
import { legacyExpression } from '../../choice/derive/legacy-value.ts';
import type { ChoiceRules } from '../../choice/rules.ts';
import type { RecordDefinition, RecordRow } from './record-definition.ts';

/** A row of which nothing but its id and the properties that were asked for is there. */
export type SelectedRow = Pick<RecordRow, 'id'> & Readonly<Record<string, unknown>>;

/**
 * What `record` holds under its property names: points in time as ISO 8601 text, legacy strings from where they are kept. Only the id
 * and these properties; all if not said otherwise.
 */
export function selectRecord(record: RecordDefinition, rules: ChoiceRules, properties?: ReadonlySet<string>): RawBuilder<unknown> {
  const isWanted = (property: string) => properties === undefined || property === 'id' || properties.has(property);
  const columns = record.columns.map(({ property, column, kind }) => {
    const value = sql`record.${sql.id(column)}`;
    return { property, value: kind === 'timestamptz' ? sql`to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : value };
  });
  const choices = record.choiceFields.flatMap((field) => [
    { property: field.legacy, value: sql.raw(legacyExpression(field, rules.storage(field))) },
    { property: refProperty(field), value: sql`record.${sql.id(field.refColumn)}` },
  ]);
  const wanted = [...columns, ...choices].filter(({ property }) => isWanted(property));
  return sql.join(wanted.map(({ property, value }) => sql`${value} AS ${sql.id(property)}`));
}

/** The properties of a record that answer these members of it. Undefined for all: who knows what a member reads that is none of them. */
export function listProperties(
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
