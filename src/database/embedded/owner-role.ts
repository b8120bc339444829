import pg from 'pg';
import { OperationError } from '../../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../identifier.ts';

/** The role that owns the database, and the database. */
const NAME = 'choices';

/** As a superuser: makes the owner, who is none, and its database, each unless it is there; answers the owner's URL. */
export async function ensureOwnerDatabase(superuserUrl: string, ownerPassword: string): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl, application_name: 'dynamic-choices setup' });
  // What breaks the connection also rejects the statement in flight.
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (!(await exists(client, 'SELECT FROM pg_roles WHERE rolname = $1'))) {
      await client.query(`CREATE ROLE ${quoteIdentifier(NAME)} LOGIN CREATEROLE PASSWORD ${quoteLiteral(ownerPassword)}`);
    }
    if (!(await exists(client, 'SELECT FROM pg_database WHERE datname = $1'))) {
      await client.query(`CREATE DATABASE ${quoteIdentifier(NAME)} OWNER ${quoteIdentifier(NAME)}`);
    }
  } catch (error) {
    throw new OperationError(describeFailure(error), { cause: error });
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.username = NAME;
  url.password = ownerPassword;
  url.pathname = NAME;
  return url.href;
}

async function exists(client: pg.Client, query: string): Promise<boolean> {
  return (await client.query(query, [NAME])).rowCount === 1;
}

function describeFailure(error: unknown): string {
  if (error instanceof pg.DatabaseError && error.code === '28P01') {
    return 'The embedded PostgreSQL does not know the password in DATA_DIR/secrets: the file and the database are not from the same DATA_DIR.';
  }
  return `The embedded PostgreSQL runs but cannot be prepared: ${error instanceof Error ? error.message : String(error)}`;
}
