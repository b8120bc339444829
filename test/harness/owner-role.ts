import { runAsSuperuser } from './superuser.ts';

export const OWNER = 'choices_owner';

const PASSWORD = 'choices_owner';

/** The role that owns every test database: no superuser, as in production. */
export async function createOwnerRole(superuserUrl: string): Promise<void> {
  await runAsSuperuser(superuserUrl, (client) => client.query(`CREATE ROLE ${OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '${PASSWORD}'`));
}

/** The owner's URL of a database on the server that `superuserUrl` names. */
export function ownerUrlOf(superuserUrl: string, database: string): string {
  const url = new URL(superuserUrl);
  url.username = OWNER;
  url.password = PASSWORD;
  url.pathname = database;
  return url.href;
}
