import { sql } from 'kysely';
import { OperationError } from '../errors.ts';
import type { Sql } from './owner-database.ts';

/**
 * Makes sure that the role which the API runs as can neither bypass row-level security nor own what it protects.
 * @throws OperationError saying what is wrong with the role.
 */
export async function checkAppRole(db: Sql, name: string): Promise<void> {
  const { rows } = await sql<{ superuser: boolean; bypasses: boolean; creates: boolean; owns: boolean }>`
    SELECT
      role.rolsuper AS superuser,
      EXISTS (SELECT FROM pg_roles AS other WHERE (other.rolbypassrls OR other.rolsuper) AND pg_has_role(role.oid, other.oid, 'MEMBER')) AS bypasses,
      role.rolcreaterole AS creates,
      EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND pg_has_role(role.oid, relowner, 'MEMBER')) AS owns
    FROM pg_roles AS role WHERE role.rolname = ${name}`.execute(db);
  const role = rows[0];
  if (role === undefined) throw new OperationError(`The role "${name}" that the API runs as does not exist. Run: choices db up`);
  const fault = role.superuser
    ? 'is a superuser'
    : role.bypasses
      ? 'has, or may act as a role that has, BYPASSRLS'
      : role.owns
        ? 'owns, or may act as the owner of, the tables'
        : role.creates
          ? 'has CREATEROLE, with which it could become another role,'
          : undefined;
  if (fault !== undefined)
    throw new OperationError(
      `The role "${name}" that the API runs as ${fault}, so row-level security would not hold. Expected a role that owns nothing`,
    );
}
