import { sql } from 'kysely';
import { qualify, quoteIdentifier } from '../../../database/identifier.ts';
import { deriveAuditTriggers } from '../../derive/choice-tables.ts';
import { normalizeDefinition } from '../../derive/definition.ts';
import type { Finding, FindingCode } from './finding.ts';
import type { Verification } from './verification.ts';

type Kind = 'trigger' | 'constraint' | 'index';

/** A part of a control table that the engine rests on, as the migrations made it. */
interface ControlObject {
  readonly kind: Kind;
  readonly table: string;
  readonly name: string;
  /** What makes it. A trigger is replaced where it is there. */
  readonly statement: string;
}

const CODES: Readonly<Record<Kind, FindingCode>> = { trigger: 'TRIGGER', constraint: 'CONSTRAINT', index: 'INDEX' };

const OBJECTS: readonly ControlObject[] = [
  ...['choice_field_state', 'choice_tenant_state'].flatMap((table) => [
    countsRevision(table, 'INSERT', 'NEW TABLE AS new_rows'),
    countsRevision(table, 'UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
    countsRevision(table, 'DELETE', 'OLD TABLE AS old_rows'),
  ]),
  ...['choice_field_state', 'choice_tenant_state'].flatMap((table) => recordsChanges(table, 'phase')),
  ...recordsChanges('choice_acceptance', 'acceptance'),
  ...recordsChanges('choice_default', 'default'),
  guards('choice_change', 'guard_choice_change', 'BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE', 'STATEMENT'),
  guards('choice_chain', 'guard_choice_chain', 'BEFORE INSERT OR UPDATE', 'ROW'),
  guards('choice_chain', 'guard_choice_chain_end', 'BEFORE DELETE OR TRUNCATE', 'STATEMENT', 'guard_choice_chain'),
  guards('choice_default', 'guard_choice_default', 'BEFORE INSERT OR UPDATE', 'ROW'),
  guards('choice_default', 'guard_cleared_default', 'AFTER DELETE', 'ROW'),
  isPrimary('choice_default', '(tenant_id, field)'),
  isPrimary('choice_merge_row', '(tenant_id, merge_id, field, record_id)'),
  {
    kind: 'index',
    table: 'choice_merge',
    name: 'choice_merge_loser_idx',
    statement: 'CREATE UNIQUE INDEX choice_merge_loser_idx ON choice_merge (tenant_id, type, loser_id) WHERE undone_at IS NULL',
  },
  isUnique('choice_change', 'choice_change_key', '(tenant_id, sequence)'),
  isUnique('choice_chain', 'choice_chain_key', '(tenant_id)'),
  isPrimary('choice_archive', '(tenant_id, field, record_id)'),
  indexesArchive('choice_archive_value_idx', '(tenant_id, field, legacy_value, record_id)'),
  indexesArchive('choice_archive_unset_idx', `(tenant_id, field, record_id) WHERE ref IS NULL AND legacy_value <> ''`),
];

/** What tells servers that rules changed, what the audit is written and kept by, and what holds one archived string per record and finds it. */
export async function findControlObjects({ db, field, speaksFor }: Verification): Promise<Finding[]> {
  if (!speaksFor.database) return [];
  const { rows } = await sql<{ kind: Kind; table: string; name: string; definition: string; works: boolean }>`
    WITH control AS (
      SELECT name, to_regclass('public.' || quote_ident(name)) AS id FROM unnest(${[...new Set(OBJECTS.map(({ table }) => table))]}::text[]) AS name
    )
    SELECT 'trigger' AS kind, control.name AS table, tgname AS name, pg_get_triggerdef(pg_trigger.oid) AS definition, tgenabled IN ('O', 'A') AS works
    FROM control JOIN pg_trigger ON tgrelid = control.id AND NOT tgisinternal
    UNION ALL
    SELECT 'constraint', control.name, conname, pg_get_constraintdef(pg_constraint.oid), convalidated FROM control JOIN pg_constraint ON conrelid = control.id
    UNION ALL
    SELECT 'index', control.name, relname, pg_get_indexdef(indexrelid), indisvalid
    FROM control JOIN pg_index ON indrelid = control.id JOIN pg_class ON pg_class.oid = indexrelid`.execute(db);
  return OBJECTS.flatMap((object) => {
    const found = rows.find(({ kind, table, name }) => kind === object.kind && table === object.table && name === object.name);
    const isSame = found && normalizeDefinition(found.definition) === normalizeDefinition(object.statement);
    if (isSame && found.works) return [];
    const problem = found ? (isSame ? 'does not work' : 'is not as it was made') : 'is missing';
    return {
      code: CODES[object.kind],
      field: field.coordinate,
      message: `the ${object.kind} "${object.name}" of "${object.table}" ${problem}`,
      count: 1,
      sampleIds: [],
      remedy: found ? `${removal(object)}${object.statement}` : object.statement,
    };
  });
}

/** What has to come before its statement where it is there. */
function removal({ kind, table, name }: ControlObject): string {
  if (kind === 'trigger') return '';
  if (kind === 'index') return `DROP INDEX ${qualify(name)}; `;
  return `ALTER TABLE ${qualify(table)} DROP CONSTRAINT ${quoteIdentifier(name)}; `;
}

function countsRevision(table: string, event: 'INSERT' | 'UPDATE' | 'DELETE', rows: string): ControlObject {
  const name = `count_revision_${event.toLowerCase()}`;
  const statement = `CREATE OR REPLACE TRIGGER ${name} AFTER ${event} ON ${table} REFERENCING ${rows} FOR EACH STATEMENT EXECUTE FUNCTION count_revision()`;
  return { kind: 'trigger', table, name, statement };
}

function recordsChanges(table: string, kind: string): readonly ControlObject[] {
  return deriveAuditTriggers(table, kind).map((trigger) => ({ kind: 'trigger', ...trigger }));
}

function guards(table: string, name: string, event: string, each: 'ROW' | 'STATEMENT', calls = name): ControlObject {
  const statement = `CREATE OR REPLACE TRIGGER ${name} ${event} ON ${table} FOR EACH ${each} EXECUTE FUNCTION ${calls}()`;
  return { kind: 'trigger', table, name, statement };
}

function isPrimary(table: string, columns: string): ControlObject {
  const name = `${table}_pkey`;
  return { kind: 'constraint', table, name, statement: `ALTER TABLE ${table} ADD CONSTRAINT ${name} PRIMARY KEY ${columns}` };
}

function isUnique(table: string, name: string, columns: string): ControlObject {
  return { kind: 'constraint', table, name, statement: `ALTER TABLE ${table} ADD CONSTRAINT ${name} UNIQUE NULLS NOT DISTINCT ${columns}` };
}

function indexesArchive(name: string, rest: string): ControlObject {
  return { kind: 'index', table: 'choice_archive', name, statement: `CREATE INDEX ${name} ON choice_archive ${rest}` };
}
