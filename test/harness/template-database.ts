import { bringUpDatabase } from '../../src/crm/crm-database.ts';
import { openOwnerDatabase } from '../../src/database/owner-database.ts';
import { OWNER, ownerUrlOf } from './owner-role.ts';
import { runAsSuperuser } from './superuser.ts';

export const TEMPLATE = 'choices_template';

/** Makes the database that every test database is a copy of, and leaves nobody connected to it. */
export async function createTemplateDatabase(superuserUrl: string): Promise<void> {
  await runAsSuperuser(superuserUrl, (client) => client.query(`CREATE DATABASE ${TEMPLATE} OWNER ${OWNER}`));
  const database = openOwnerDatabase(ownerUrlOf(superuserUrl, TEMPLATE));
  try {
    await bringUpDatabase(database, { dryRun: false });
  } finally {
    await database.close();
  }
}
