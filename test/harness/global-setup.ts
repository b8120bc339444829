import { startThrowawayServer } from './throwaway-server.ts';
import { createOwnerRole } from './owner-role.ts';
import { holdServer } from './running-server.ts';
import { createTemplateDatabase } from './template-database.ts';

/** Starts one PostgreSQL for the whole run. Test files find it by TEST_POSTGRES_URL, and clone the template database. */
export default async function startTestServer(): Promise<void> {
  const server = await startThrowawayServer({ max_connections: 200 });
  holdServer(server);
  await createOwnerRole(server.superuserUrl);
  await createTemplateDatabase(server.superuserUrl);
  process.env.TEST_POSTGRES_URL = server.superuserUrl;
}
