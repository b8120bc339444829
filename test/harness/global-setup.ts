import path from 'node:path';
import { startThrowawayServer } from './throwaway-server.ts';
import { createOwnerRole } from './owner-role.ts';
import { holdServer } from './running-server.ts';
import { createTemplateDatabase } from './template-database.ts';

/** Compiled code of what is started over and over: our programs, npm, tsc. */
const COMPILE_CACHE = 'node_modules/.cache/dynamic-choices-tests';

/** Starts one PostgreSQL for the whole run. Test files find it by TEST_POSTGRES_URL, and clone the template database. */
export default async function startTestServer(): Promise<void> {
  process.env.NODE_COMPILE_CACHE = path.resolve(COMPILE_CACHE);
  const server = await startThrowawayServer({ max_connections: 200 }, { inMemory: true });
  holdServer(server);
  await createOwnerRole(server.superuserUrl);
  await createTemplateDatabase(server.superuserUrl);
  process.env.TEST_POSTGRES_URL = server.superuserUrl;
}
