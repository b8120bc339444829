import { sql } from 'kysely';
import { qualify, quoteIdentifier } from '../../../database/identifier.ts';
import { deriveChoiceTables, type TableConstraint } from '../../derive/choice-tables.ts';
import { normalizeDefinition } from '../../derive/definition.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verification.ts';

interface CatalogConstraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  readonly valid: boolean;
}

/** Keys, foreign keys and checks of the two tables of a choice type. */
export async function findChoiceConstraints({ db, field, speaksFor }: Verification): Promise<Finding[]> {
  if (!speaksFor.type) return [];
  const { rows } = await sql<CatalogConstraint>`
    SELECT name AS table, conname AS name, pg_get_constraintdef(pg_constraint.oid) AS definition, convalidated AS valid
    FROM unnest(${[field.type.table, field.type.aliasTable]}::text[]) AS name
    JOIN pg_constraint ON conrelid = to_regclass('public.' || quote_ident(name))
    ORDER BY conname`.execute(db);
  return deriveChoiceTables(field.type).constraints.flatMap((expected) => {
    const fault = judge(expected, rows);
    if (!fault) return [];
    return { code: 'CONSTRAINT' as const, field: field.coordinate, count: 1, sampleIds: [], ...fault };
  });
}

function judge(expected: TableConstraint, actual: readonly CatalogConstraint[]): Pick<Finding, 'message' | 'remedy'> | undefined {
  const wanted = normalizeDefinition(expected.definition);
  const found = actual.find(({ table, definition }) => table === expected.table && normalizeDefinition(definition) === wanted);
  const alter = `ALTER TABLE ${qualify(expected.table)}`;
  if (!found)
    return {
      message: `the table "${expected.table}" lacks its constraint ${expected.definition}`,
      remedy: `${alter} ADD ${expected.definition}`,
    };
  if (!found.valid)
    return {
      message: `the constraint "${found.name}" of "${expected.table}" is not validated`,
      remedy: `${alter} VALIDATE CONSTRAINT ${quoteIdentifier(found.name)}`,
    };
  return undefined;
}
