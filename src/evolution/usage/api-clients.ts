import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { UsageError } from '../../errors.ts';
import { tidyName } from './usage-names.ts';

/**
 * Settles whether a client is told, with each answer, what it used that is deprecated. Every client is, until this is called.
 * Servers follow with their next flush.
 * @throws UsageError for what cannot be a client's name.
 */
export async function setTellsDeprecations(db: Sql, client: string, on: boolean): Promise<void> {
  await sql`
    INSERT INTO api_client (name, tells_deprecations) VALUES (${checkClientName(client)}, ${on})
    ON CONFLICT (name) DO UPDATE SET tells_deprecations = excluded.tells_deprecations`.execute(db);
}

/** The clients that are not told. */
export async function readUntoldClients(db: Sql): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM api_client WHERE NOT tells_deprecations`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/**
 * The name as clients are known by it.
 * @throws UsageError for what no client is known by.
 */
export function checkClientName(name: string): string {
  const tidy = tidyName(name);
  if (tidy === '') throw new UsageError(`Expected the name of a client, of 1 to 100 characters without controls, but got ${quote(name)}`);
  return tidy;
}

/**
 * The version as clients are known by it; `''` for a client that names none.
 * @throws UsageError for what no client's version is.
 */
export function checkClientVersion(version: string): string {
  const tidy = tidyName(version);
  if (tidy === '' && version.trim() !== '')
    throw new UsageError(`Expected the version of a client, of at most 100 characters without controls, but got ${quote(version)}`);
  return tidy;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
