import { stopHeldServer } from './running-server.ts';

/** Stops the run's PostgreSQL. When jest is interrupted this does not run; the server then ends with jest's process. */
export default async function stopTestServer(): Promise<void> {
  await stopHeldServer();
}
