import { type RawBuilder, sql } from 'kysely';
import { type ChoiceType, snakeCase } from '../choice-field.ts';

/** The select list that turns rows of `alias` into `Choice` objects. */
export function selectChoice(type: ChoiceType, alias: string): RawBuilder<unknown> {
  const column = (name: string, property: string) => sql`${sql.id(alias, name)} AS ${sql.id(property)}`;
  const extra = Object.entries(type.extra).map(([property, { type: kind }]) =>
    // A GraphQL Float is a double; numeric would arrive as text.
    kind === 'numeric' ? sql`${sql.id(alias, snakeCase(property))}::float8 AS ${sql.id(property)}` : column(snakeCase(property), property),
  );
  return sql.join([
    sql`${sql.lit(type.name)} AS type`,
    ...['id', 'key', 'label', 'position', 'active', 'system', 'version'].map((name) => column(name, name)),
    column('merged_into_id', 'mergedIntoId'),
    sql`${sql.id(alias, 'deleted_at')} IS NOT NULL AS deleted`,
    ...extra,
  ]);
}
