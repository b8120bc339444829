import { sql } from 'kysely';
import { qualify } from '../../../database/identifier.ts';
import { deriveChoiceTables, type TableObject } from '../../derive/choice-tables.ts';
import { normalizeDefinition } from '../../derive/definition.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verification.ts';

interface CatalogObject {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  readonly works: boolean;
}

/** The triggers that guard choices and aliases. */
export async function findChoiceTriggers(verification: Verification): Promise<Finding[]> {
  const { db, field } = verification;
  const { rows } = await sql<CatalogObject>`
    SELECT name AS table, tgname AS name, pg_get_triggerdef(pg_trigger.oid) AS definition, tgenabled IN ('O', 'A') AS works
    FROM unnest(${[field.type.table, field.type.aliasTable]}::text[]) AS name
    JOIN pg_trigger ON tgrelid = to_regclass('public.' || quote_ident(name)) AND NOT tgisinternal`.execute(db);
  return compare(verification, 'TRIGGER', deriveChoiceTables(field.type).triggers, rows, (object, actual) => ({
    problem: actual && !actual.works ? 'is disabled' : actual ? 'is not as it was made' : 'is missing',
    remedy: object.statement,
  }));
}

/** The indexes by which labels are unique, merges are followed and aliases are found. */
export async function findChoiceIndexes(verification: Verification): Promise<Finding[]> {
  const { db, field } = verification;
  const { rows } = await sql<CatalogObject>`
    SELECT name AS table, relname AS name, pg_get_indexdef(indexrelid) AS definition, indisvalid AS works
    FROM unnest(${[field.type.table, field.type.aliasTable]}::text[]) AS name
    JOIN pg_index ON indrelid = to_regclass('public.' || quote_ident(name)) JOIN pg_class ON pg_class.oid = indexrelid`.execute(db);
  return compare(verification, 'INDEX', deriveChoiceTables(field.type).indexes, rows, (object, actual) => ({
    problem: actual && !actual.works ? 'is not valid' : actual ? 'is not as it was made' : 'is missing',
    remedy: actual ? `DROP INDEX ${qualify(object.name)}; ${object.statement}` : object.statement,
  }));
}

function compare(
  { field, speaksFor }: Verification,
  code: 'TRIGGER' | 'INDEX',
  expected: readonly TableObject[],
  actual: readonly CatalogObject[],
  judge: (object: TableObject, actual: CatalogObject | undefined) => { problem: string; remedy: string },
): Finding[] {
  if (!speaksFor.type) return [];
  return expected.flatMap((object) => {
    const found = actual.find(({ table, name }) => table === object.table && name === object.name);
    if (found?.works && normalizeDefinition(found.definition) === normalizeDefinition(object.statement)) return [];
    const { problem, remedy } = judge(object, found);
    const message = `the ${code.toLowerCase()} "${object.name}" of "${object.table}" ${problem}`;
    return { code, field: field.coordinate, message, count: 1, sampleIds: [], remedy };
  });
}
