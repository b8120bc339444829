import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { OperationError } from '../../errors.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { disownPostmasterFile, findLivePostmaster, type Postmaster, readLastPort } from './postmaster.ts';
import { describeToolFailure, runTool } from './run-tool.ts';
import type { ServerHome } from './server-home.ts';
import { measureLog, prepareLog, readLogSince } from './server-log.ts';

/** By PostgreSQL's names; values need no quoting in a shell. */
export type ServerSettings = Readonly<Record<string, string | number>>;

const HOST = '127.0.0.1';
const TIMEOUT_SECONDS = 300;
const PORT_ATTEMPTS = 5;
const POLL_EVERY_MS = 20;
const OLD_PROCESSES_END_WITHIN_MS = 30_000;

const PORT_TAKEN = /could not bind .* address/;
const OLD_PROCESSES_LEFT = /pre-existing shared memory block .* is still in use/;

/**
 * The port of the cluster's server on 127.0.0.1: of the one that runs, or of one started now, which outlives us and is out of the
 * reach of our terminal. One that is just starting or stopping is waited for. The caller holds the home's lock.
 * `onlyPort`: the one that it has to be started on, if it is; otherwise that of the last start is preferred.
 * @throws OperationError with the log's last lines when it does not start.
 */
export async function ensureServerRuns(
  binaries: PostgresBinaries,
  home: ServerHome,
  settings: ServerSettings,
  onlyPort?: number,
): Promise<number> {
  await prepareLog(home.log, binaries.user);
  const running = await waitUntilSettled(home);
  if (running !== undefined) return running.port;

  const givenUpAt = Date.now() + OLD_PROCESSES_END_WITHIN_MS;
  let port = onlyPort ?? (await choosePort(await readLastPort(home.cluster)));
  for (let attempt = 1; ;) {
    await disownPostmasterFile(home.cluster);
    const mark = await measureLog(home.log);
    try {
      await startServer(binaries, home, { ...settings, port });
      return port;
    } catch (error) {
      const log = await readLogSince(home.log, mark);
      // One that somebody began to start and was killed over may have come up meanwhile.
      const other = await waitUntilSettled(home);
      if (other !== undefined) return other.port;
      if (PORT_TAKEN.test(log) && attempt < PORT_ATTEMPTS && onlyPort === undefined) {
        attempt += 1;
        port = await choosePort(undefined);
      } else if (OLD_PROCESSES_LEFT.test(log) && Date.now() < givenUpAt) {
        await delay(POLL_EVERY_MS * 5);
      } else {
        throw describeToolFailure(`The embedded PostgreSQL in ${home.cluster} does not start (its log is ${home.log})`, error, log);
      }
    }
  }
}

/** pg_ctl hands its options to a shell: so the paths are relative, and nothing of the directory's name gets there. */
async function startServer(binaries: PostgresBinaries, home: ServerHome, settings: ServerSettings): Promise<void> {
  const all = { ...settings, listen_addresses: HOST, unix_socket_directories: '' };
  const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`);
  await runTool(
    binaries.pgCtl,
    ['start', '-w', '-s', '-t', String(TIMEOUT_SECONDS), '-D', 'postgres', '-l', 'postgres.log', '-o', options.join(' ')],
    { user: binaries.user, cwd: home.directory },
  );
}

/** Whoever started or stopped it may have been killed over it. */
async function waitUntilSettled(home: ServerHome): Promise<Postmaster | undefined> {
  const givenUpAt = Date.now() + TIMEOUT_SECONDS * 1000;
  for (;;) {
    const postmaster = await findLivePostmaster(home.cluster);
    if (postmaster === undefined || postmaster.ready) return postmaster;
    if (Date.now() > givenUpAt) {
      throw new OperationError(
        `The server in ${home.cluster} (process ${postmaster.pid}) has been neither ready nor gone for ${TIMEOUT_SECONDS} s. Its log is ${home.log}.`,
      );
    }
    await delay(POLL_EVERY_MS);
  }
}

async function choosePort(preferred: number | undefined): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on('error', () => resolve(undefined));
    probe.listen({ port, host: HOST, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
