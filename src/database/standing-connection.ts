import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { quoteIdentifier } from './identifier.ts';
import type { Sql } from './owner-database.ts';
import { sqlOn } from './sql-on-client.ts';

/** A direct connection that is used at an interval, at every notification on its channel and when asked; opened again when it is lost. */
export interface StandingConnection {
  /** Whether the latest visit succeeded and the connection has not been lost since. */
  isOpen(): boolean;
  /** Resolves once a visit that began after the call has succeeded; rejects with what made it fail. */
  visitNow(): Promise<void>;
  /** Ends the connection after a last visit, if it stands. */
  close(last: (db: Sql) => Promise<unknown>): Promise<void>;
}

export interface StandingConnectionOptions {
  readonly applicationName: string;
  readonly channel: string;
  readonly everyMilliseconds: number;
  /** One at a time. What it throws closes the connection. */
  readonly visit: (db: Sql) => Promise<void>;
  /** Told why visits fail: by the first one that does, and not again before one has succeeded. */
  readonly onLost?: ((error: unknown) => void) | undefined;
}

/** How long a statement or a new connection may take before the connection counts as lost, in milliseconds. */
const ANSWER_MS = 5_000;
/** Lets the database end the session of a host that is gone without a word within 25 s. One that only halts still answers. */
const NOTICE_A_LOST_HOST = 'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';
const FIRST_RETRY_MS = 25;
const LONGEST_RETRY_MS = 500;

/**
 * Opens the connection and visits it once.
 * @throws what made the first visit fail.
 */
export async function openStandingConnection(url: string, options: StandingConnectionOptions): Promise<StandingConnection> {
  const { applicationName, channel, everyMilliseconds, visit, onLost } = options;
  let client: pg.Client | undefined;
  let open = false;
  let closing = false;
  const waiting: PromiseWithResolvers<void>[] = [];
  let wake = (): void => undefined;
  let woken = false;

  const wakeUp = () => {
    woken = true;
    wake();
  };
  const rest = async (milliseconds: number) => {
    if (woken) return;
    const alarm = new AbortController();
    wake = () => alarm.abort();
    await delay(milliseconds, undefined, { signal: alarm.signal }).catch(() => undefined);
  };
  const lose = (lost: pg.Client) => {
    if (client !== lost) return;
    client = undefined;
    open = false;
    // It may never answer the farewell.
    lost.end().catch(() => undefined);
    wakeUp();
  };

  const connect = async () => {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    fresh.on('error', () => lose(fresh));
    fresh.on('end', () => lose(fresh));
    fresh.on('notification', wakeUp);
    client = fresh;
    await fresh.connect();
    await fresh.query(`${NOTICE_A_LOST_HOST}; LISTEN ${quoteIdentifier(channel)}`);
  };
  const visitOnce = async () => {
    const told = waiting.splice(0);
    woken = false;
    try {
      if (client === undefined) await connect();
      const used = client;
      if (used === undefined) throw new Error('Connection terminated unexpectedly');
      await visit(sqlOn(used));
      if (client !== used) throw new Error('Connection terminated unexpectedly');
      open = true;
      for (const { resolve } of told) resolve();
    } catch (error) {
      if (client) lose(client);
      for (const { reject } of told) reject(error);
      throw error;
    }
  };

  const run = async () => {
    let retry = FIRST_RETRY_MS;
    let told = false;
    while (!closing) {
      try {
        await rest(everyMilliseconds);
        if (!closing) await visitOnce();
        retry = FIRST_RETRY_MS;
        told = false;
      } catch (error) {
        if (!told) onLost?.(error);
        told = true;
        await delay(retry);
        retry = Math.min(retry * 2, LONGEST_RETRY_MS);
        wakeUp();
      }
    }
  };

  await visitOnce();
  const ended = run();
  return {
    isOpen: () => open,
    visitNow: () => {
      const visited = Promise.withResolvers<void>();
      waiting.push(visited);
      wakeUp();
      return visited.promise;
    },
    close: async (last) => {
      closing = true;
      wakeUp();
      await ended;
      for (const { reject } of waiting.splice(0)) reject(new Error('The connection was closed'));
      if (client === undefined) return;
      const used = client;
      await last(sqlOn(used)).catch(() => undefined);
      await used.end().catch(() => undefined);
    },
  };
}
