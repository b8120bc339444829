import { sql } from 'kysely';
import { hasErrorCode } from './error-code.ts';
import { quoteIdentifier, quoteLiteral } from './identifier.ts';
import type { OwnerDatabase, Sql } from './owner-database.ts';

/** SQLSTATE insufficient_privilege. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** The restricted role that the API's statements run as. */
export interface AppRole {
  readonly name: string;
  /** What somebody has to do before the API can run: set where the owner may not create the role. */
  readonly warning?: string;
}

/**
 * Creates the restricted role if it is missing, and grants it what row-level security then narrows.
 * Its name is that of `DATABASE_APP_URL`, else the database's with `_app`. Safe to repeat, and to run twice at once.
 */
export async function ensureAppRole(database: OwnerDatabase, appUrl: string | undefined): Promise<AppRole> {
  const name = await appRoleName(database.sql, appUrl);
  const missing = await createMissingRole(database.sql, name, appUrl === undefined);
  if (missing !== undefined) return { name, warning: missing };
  await grantTables(database.sql, name);
  return { name };
}

/** The name of the role that the API runs as on this database. */
export async function appRoleName(db: Sql, appUrl: string | undefined): Promise<string> {
  if (appUrl !== undefined) return decodeURIComponent(new URL(appUrl).username);
  const { rows } = await sql<{ name: string }>`SELECT current_database() || '_app' AS name`.execute(db);
  return rows[0]!.name;
}

async function createMissingRole(db: Sql, name: string, mustBeMember: boolean): Promise<string | undefined> {
  // From 16 on, whoever creates a role is a member that may grant it, but not yet one that may become it.
  const { rows } = await sql<{ exists: boolean; member: boolean; owner: string; may_create: boolean }>`
    SELECT
      role.oid IS NOT NULL AS exists,
      coalesce(pg_has_role(current_user, role.oid, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END), false) AS member,
      current_user AS owner,
      (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create
    FROM (VALUES (1)) AS one
    LEFT JOIN pg_roles AS role ON role.rolname = ${name}`.execute(db);
  const state = rows[0]!;
  if (state.exists && (state.member || !mustBeMember)) return undefined;

  const role = quoteIdentifier(name);
  const statements = [
    ...(state.exists
      ? []
      : [`CREATE ROLE ${role} ${mustBeMember ? 'NOLOGIN' : "LOGIN PASSWORD '…'"} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE`]),
    ...(mustBeMember ? [`GRANT ${role} TO ${quoteIdentifier(state.owner)}`] : []),
  ];
  if (state.may_create && mustBeMember && (await createRole(db, name, state.owner))) return undefined;
  return (
    `The API runs as the role ${role}, which ${state.exists ? `${quoteIdentifier(state.owner)} is not a member of` : 'does not exist'}. ` +
    `Have an administrator run: ${statements.join('; ')}; – then run "choices db up" again. ` +
    `Or set DATABASE_APP_URL to the URL of a restricted role of your own.`
  );
}

/**
 * In one statement: a role that another process creates at this moment is no error, and none is left half made.
 * False where the role is somebody else's, who alone may grant it.
 */
async function createRole(db: Sql, name: string, owner: string): Promise<boolean> {
  const create = sql.raw(
    `DO $do$ BEGIN
       PERFORM pg_advisory_xact_lock(hashtext(${quoteLiteral(`creation of ${name}`)}));
       BEGIN
         CREATE ROLE ${quoteIdentifier(name)} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
       EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
       END;
       GRANT ${quoteIdentifier(name)} TO ${quoteIdentifier(owner)};
     END $do$`,
  );
  try {
    await create.execute(db);
    return true;
  } catch (error) {
    if (hasErrorCode(error, INSUFFICIENT_PRIVILEGE)) return false;
    throw error;
  }
}

/**
 * Tables without row-level security are nobody's but the owner's; on the others the policies say what the role may do. Of functions it may
 * call the one that lets it be the first to hold its tenant's chain of changes, and the one that asks for the rest of a merge.
 */
async function grantTables(db: Sql, name: string): Promise<void> {
  const role = quoteIdentifier(name);
  await sql
    .raw(
      `DO $do$
       DECLARE
         target regclass;
       BEGIN
         PERFORM pg_advisory_xact_lock(hashtext(${quoteLiteral(`grants of ${name}`)}));
         GRANT USAGE ON SCHEMA public TO ${role};
         FOR target IN
           SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity ORDER BY oid
         LOOP
           EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO %I', target, ${quoteLiteral(name)});
         END LOOP;
         GRANT EXECUTE ON FUNCTION public.lock_choice_chain(uuid), public.request_merge_run(uuid, text[], text) TO ${role};
       END $do$`,
    )
    .execute(db);
}
