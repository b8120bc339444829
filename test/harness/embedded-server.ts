import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { acquireEmbeddedServer, type EmbeddedServer } from '../../src/database/embedded/embedded-server.ts';
import { findLivePostmaster } from '../../src/database/embedded/postmaster.ts';
import { describeServerHome, type ServerHome } from '../../src/database/embedded/server-home.ts';
import { buildProgram } from './build-program.ts';
import { type ServerHolder, startServerHolder } from './server-holder.ts';
import { runAsSuperuser } from './superuser.ts';
import { waitUntil } from './wait-until.ts';

/** A data directory of each test's own, and what the test does to the embedded server in it. */
export interface EmbeddedServerUse {
  readonly dataDir: string;
  readonly home: ServerHome;
  /** What `acquire` had to say in this test. */
  readonly messages: string[];
  /** Uses the server in this process. */
  acquire(): Promise<EmbeddedServer>;
  /** Uses it in a process of its own. */
  hold(): ServerHolder;
  postmasterPid(): Promise<number | undefined>;
  /** Answers the process id that it had. */
  killPostmaster(): Promise<number>;
}

/** Registers the hooks that make the directory and clear away what a test, failed or not, left in it. */
export function useEmbeddedServer(): EmbeddedServerUse {
  let programDir = '';
  let dataDir = '';
  const messages: string[] = [];
  const holders: ServerHolder[] = [];

  beforeAll(async () => {
    programDir = await mkdtemp(path.resolve('node_modules/.server-holder-'));
    await buildProgram('server-holder-program', path.join(programDir, 'holder.mjs'));
  });
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'embedded-server-test-'));
  });
  afterEach(async () => {
    await Promise.all(holders.splice(0).map((holder) => holder.release()));
    messages.length = 0;
    const left = await postmasterPid();
    if (left !== undefined) process.kill(left, 'SIGQUIT');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  });
  afterAll(() => rm(programDir, { recursive: true }));

  async function postmasterPid(): Promise<number | undefined> {
    return (await findLivePostmaster(describeServerHome(dataDir).cluster))?.pid;
  }

  return {
    get dataDir() {
      return dataDir;
    },
    get home() {
      return describeServerHome(dataDir);
    },
    messages,
    acquire: () => acquireEmbeddedServer(dataDir, (line) => messages.push(line)),
    hold: () => {
      const holder = startServerHolder(path.join(programDir, 'holder.mjs'), dataDir);
      holders.push(holder);
      return holder;
    },
    postmasterPid,
    killPostmaster: async () => {
      const pid = (await postmasterPid()) ?? 0;
      process.kill(pid, 'SIGKILL');
      await waitUntil('the postmaster is dead', async () => (await postmasterPid()) !== pid);
      return pid;
    },
  };
}

export async function selectOne(url: string): Promise<unknown> {
  return runAsSuperuser(url, async (client) => (await client.query('SELECT 1 AS one')).rows[0]);
}
