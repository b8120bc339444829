import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { findLivePostmaster } from '../../src/database/embedded/postmaster.ts';
import { describeServerHome } from '../../src/database/embedded/server-home.ts';
import { ensureServerSecrets } from '../../src/database/embedded/server-secrets.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { runProgram } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';

const PROGRAM = 'dist/main.js';
const SECRET = 'a secret of the chaos tests, long enough';
const WORKERS = 2;

/** A server and workers in processes of their own on an embedded database, as `npm start` and `choices worker` start them. */
export interface ChaosWorld {
  readonly url: string;
  readonly token: string;
  readonly workers: RunningProgram[];
  readonly server: RunningProgram;
  /** A statement as the owner, on a connection of its own; again and again while the database is down, for at most a minute. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A connection as the owner; rejects while the database is down. */
  connect(applicationName: string): Promise<pg.Client>;
  command(...argv: string[]): Promise<{ exitCode: number | NodeJS.Signals; stdout: string; stderr: string }>;
  postmasterPid(): Promise<number | undefined>;
  startWorker(): Promise<void>;
  /** Aborted when the world is stopped: nobody will answer any more. */
  readonly stopped: AbortSignal;
  stop(): Promise<void>;
}

export async function createChaosWorld(): Promise<ChaosWorld> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'choices-chaos-'));
  const env = { DATA_DIR: folder, PORT: '0', DEMO: '0', AUTH_SECRET: SECRET };
  const server = await startProgram(PROGRAM, ['serve'], { env });
  const workers: RunningProgram[] = [];
  const postmasterPid = async () => (await findLivePostmaster(describeServerHome(env.DATA_DIR).cluster))?.pid;
  const connect = async (applicationName: string) => {
    const [secrets, postmaster] = await Promise.all([
      ensureServerSecrets(env.DATA_DIR),
      findLivePostmaster(describeServerHome(env.DATA_DIR).cluster),
    ]);
    const client = new pg.Client({
      connectionString: `postgres://choices:${secrets.ownerPassword}@127.0.0.1:${postmaster?.port}/choices`,
      application_name: applicationName,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const startWorker = async () => void workers.push(await startProgram(PROGRAM, ['worker'], { env }));
  const stopped = new AbortController();
  const stop = async () => {
    stopped.abort();
    await Promise.all(workers.map((worker) => worker.stop()));
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const url = await server.ready;
    return {
      url,
      token: await issueToken(SECRET, { subject: 'chaos', tenant: 'chaos', roles: ['writer', 'operator'], expiresIn: '1d' }),
      workers,
      server,
      query: (text, values) => queryUntilAnswered(connect, text, values),
      connect,
      command: (...argv) => runProgram(PROGRAM, argv, { env }),
      postmasterPid,
      startWorker,
      stopped: stopped.signal,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How many workers a chaos has at a time. */
export async function startWorkers(world: ChaosWorld): Promise<void> {
  for (let n = 0; n < WORKERS; n++) await world.startWorker();
}

async function queryUntilAnswered<Row extends pg.QueryResultRow>(
  connect: ChaosWorld['connect'],
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    let client: pg.Client | undefined;
    try {
      client = await connect('chaos observer');
      return (await client.query<Row>(text, values)).rows;
    } catch (error) {
      if (Date.now() > deadline || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    } finally {
      await client?.end().catch(() => undefined);
    }
  }
}

/** Whether an error comes with what is killed: the connection is lost, or the server says that it goes down, comes up or is full. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(57P0|08|53)/.test(error.code ?? '');
}
