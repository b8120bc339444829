import { setTimeout as delay } from 'node:timers/promises';
import { findLivePostmaster, hasPostmasterEnded } from './postmaster.ts';
import type { ServerHome } from './server-home.ts';

const LOOK_EVERY_MS = 100;
const RETRY_EVERY_MS = 1_000;

/**
 * Looks ten times a second whether the server still runs, until the function that it answers is called. One that has died, or
 * was stopped by somebody who does not know of its users, is started again: `restart` does so under the home's lock, unless its
 * argument says that nobody wants it any more, and answers the port. What keeps it from starting is said once, and tried again.
 */
export function superviseServer(
  home: ServerHome,
  port: number,
  onMessage: (line: string) => void,
  restart: (isWanted: () => boolean) => Promise<number>,
): () => void {
  const stopped = new AbortController();
  const isWanted = () => !stopped.signal.aborted;
  const rest = (milliseconds: number) => delay(milliseconds, undefined, { ref: false, signal: stopped.signal }).catch(() => undefined);

  const bringBack = async () => {
    for (let said = ''; isWanted();) {
      try {
        const found = await restart(isWanted);
        if (isWanted()) onMessage(describeReturn(port, found));
        return;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== said) onMessage(message);
        said = message;
        await rest(RETRY_EVERY_MS);
      }
    }
  };
  const look = async (known: number | undefined): Promise<number | undefined> => {
    if (known !== undefined && !(await hasPostmasterEnded(known, home.cluster))) return known;
    return (await findLivePostmaster(home.cluster))?.pid;
  };
  const watch = async () => {
    for (let pid: number | undefined; isWanted();) {
      pid = await look(pid);
      if (pid === undefined && isWanted()) await bringBack();
      else await rest(LOOK_EVERY_MS);
    }
  };
  watch().catch((error: unknown) => onMessage(`The embedded PostgreSQL is no longer watched: ${String(error)}`));
  return () => stopped.abort();
}

function describeReturn(expected: number, found: number): string {
  if (found === expected) return 'The embedded PostgreSQL had died and runs again';
  return `The embedded PostgreSQL had died and runs again on port ${found}, no longer on ${expected}: start this process anew`;
}
