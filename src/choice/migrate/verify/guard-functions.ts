import { sql } from 'kysely';
import { migrations } from '../../../database/migrations/list.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verification.ts';

/** What the triggers of choice and control tables call, and what that rests on. */
const FUNCTIONS = [
  'guard_choice',
  'flatten_merges',
  'add_own_alias',
  'guard_own_alias',
  'count_revision',
  'record_choice_change',
  'choice_change_payload',
  'append_choice_changes',
  'take_choice_chain',
  'take_choice_chains',
  'lock_choice_chain',
  'guard_choice_change',
  'guard_choice_chain',
  'guard_choice_rules',
  'limit_choices',
  'keep_active_choices',
  'guard_choice_default',
  'guard_cleared_default',
  'is_choice_used',
  'list_choice_references',
  'request_merge_run',
];

/** The functions behind those triggers, compared with the migration that made them last. */
export async function findGuardFunctions({ db, field, speaksFor }: Verification): Promise<Finding[]> {
  if (!speaksFor.database) return [];
  const { rows } = await sql<{ name: string; body: string; definer: boolean; settings: string[] | null; open: boolean }>`
    SELECT proname AS name, prosrc AS body, prosecdef AS definer, proconfig AS settings, has_function_privilege('public', oid, 'EXECUTE') AS open
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY (${FUNCTIONS}::text[])`.execute(db);
  return FUNCTIONS.flatMap((name) => {
    const statement = findCreateStatement(name);
    const found = rows.find((row) => row.name === name);
    const isAsMade =
      found &&
      statement.includes(`AS $$${found.body}$$`) &&
      found.definer === statement.includes('SECURITY DEFINER') &&
      (found.settings ?? []).join() === findSettings(statement) &&
      !found.open;
    if (isAsMade) return [];
    return {
      code: 'TRIGGER' as const,
      field: field.coordinate,
      message: `the ${statement.includes('RETURNS trigger') ? 'trigger function' : 'function'} "${name}" ${found ? 'is not as it was made' : 'is missing'}`,
      count: 1,
      sampleIds: [],
      remedy: `${statement}; REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`,
    };
  });
}

/** The last migration that says what a function is, as a statement that can be repeated. */
function findCreateStatement(name: string): string {
  const pattern = new RegExp(String.raw`CREATE (?:OR REPLACE )?(FUNCTION ${name}\([^)]*\)\s+RETURNS [^$]*AS \$\$.*?\$\$)`, 'gs');
  const [, definition] = [...Object.values(migrations).join('\n').matchAll(pattern)].at(-1)!;
  return `CREATE OR REPLACE ${definition!}`;
}

/** What the statement pins for as long as the function runs, as the catalog lists it. */
function findSettings(statement: string): string {
  const settings = [
    ['SET search_path = pg_catalog, pg_temp', 'search_path=pg_catalog, pg_temp'],
    ["SET TimeZone = 'UTC'", 'TimeZone=UTC'],
  ] as const;
  return settings
    .filter(([clause]) => statement.includes(clause))
    .map(([, listed]) => listed)
    .join();
}
