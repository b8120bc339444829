import { findLivePostmaster } from './postmaster.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { describeToolFailure, runTool } from './run-tool.ts';
import type { ServerHome } from './server-home.ts';

const TIMEOUT_SECONDS = 60;

/**
 * Stops the cluster's server, ending what sessions are left, and waits until it is gone. Does nothing where none runs.
 * The caller holds the home's lock.
 */
export async function stopServer(binaries: PostgresBinaries, home: ServerHome): Promise<void> {
  if ((await findLivePostmaster(home.cluster)) === undefined) return;
  try {
    await runTool(binaries.pgCtl, ['stop', '-w', '-s', '-m', 'fast', '-t', String(TIMEOUT_SECONDS), '-D', home.cluster], {
      user: binaries.user,
    });
  } catch (error) {
    if ((await findLivePostmaster(home.cluster)) === undefined) return;
    throw describeToolFailure(`The embedded PostgreSQL in ${home.cluster} does not stop (its log is ${home.log})`, error);
  }
}
