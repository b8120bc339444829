import { type Kysely, sql } from 'kysely';
import { OperationError } from '../errors.ts';
import { describeConnectionFailure } from './connection-failure.ts';
import type { Sql } from './owner-database.ts';

interface Installation {
  readonly database: string;
  readonly id: string;
}

/**
 * Makes sure that the API's connection leads to the owner's database: another one would answer with somebody else's data.
 * @throws OperationError naming what is wrong with `DATABASE_APP_URL`.
 */
export async function checkAppConnection(owner: Sql, app: Kysely<unknown>, appUrl: string): Promise<void> {
  const expected = await readInstallation(owner);
  const got = await readInstallation(app).catch((error: unknown) => {
    const failure = describeConnectionFailure(error, appUrl);
    const reason = failure?.message ?? (error instanceof Error ? error.message : String(error));
    throw new OperationError(`DATABASE_APP_URL cannot be used: ${reason}`, { cause: error });
  });
  if (got.database !== expected.database || got.id !== expected.id)
    throw new OperationError(
      `DATABASE_APP_URL leads to another database than DATABASE_URL: expected "${expected.database}" (${expected.id}), got "${got.database}" (${got.id})`,
    );
}

async function readInstallation(db: Kysely<unknown>): Promise<Installation> {
  const { rows } = await sql<Installation>`SELECT current_database() AS database, id FROM choice_installation`.execute(db);
  return rows[0]!;
}
