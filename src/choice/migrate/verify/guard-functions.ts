import { sql } from 'kysely';
import { migrations } from '../../../database/migrations/list.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verification.ts';

/** What the triggers of choice and control tables call. */
const FUNCTIONS = ['guard_choice', 'flatten_merges', 'add_own_alias', 'guard_own_alias', 'count_revision'];

/** The functions behind those triggers, compared with the migration that made them last. */
export async function findGuardFunctions({ db, field, speaksFor }: Verification): Promise<Finding[]> {
  if (!speaksFor.database) return [];
  const { rows } = await sql<{ name: string; body: string; definer: boolean; pinned: boolean; open: boolean }>`
    SELECT proname AS name, prosrc AS body, prosecdef AS definer, proconfig = ARRAY['search_path=pg_catalog, pg_temp'] IS TRUE AS pinned,
      has_function_privilege('public', oid, 'EXECUTE') AS open
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY (${FUNCTIONS}::text[]) AND pronargs = 0`.execute(db);
  return FUNCTIONS.flatMap((name) => {
    const statement = findCreateStatement(name);
    const found = rows.find((row) => row.name === name);
    const isAsMade =
      found &&
      statement.includes(`AS $$${found.body}$$`) &&
      found.definer === statement.includes('SECURITY DEFINER') &&
      found.pinned &&
      !found.open;
    if (isAsMade) return [];
    return {
      code: 'TRIGGER' as const,
      field: field.coordinate,
      message: `the trigger function "${name}" ${found ? 'is not as it was made' : 'is missing'}`,
      count: 1,
      sampleIds: [],
      remedy: `${statement}; REVOKE EXECUTE ON FUNCTION ${name}() FROM PUBLIC`,
    };
  });
}

/** The last migration that says what a function is, as a statement that can be repeated. */
function findCreateStatement(name: string): string {
  const pattern = new RegExp(String.raw`CREATE (?:OR REPLACE )?(FUNCTION ${name}\(\) RETURNS trigger [^$]*AS \$\$.*?\$\$)`, 'gs');
  const [, definition] = [...Object.values(migrations).join('\n').matchAll(pattern)].at(-1)!;
  return `CREATE OR REPLACE ${definition!}`;
}
