import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../database/owner-database.ts';
import { openStandingConnection } from '../database/standing-connection.ts';
import { isConnected, isLive, processIdOf } from './process-session.ts';

export type ProcessKind = 'server' | 'worker';

/** A server or a worker that runs now. */
export interface LiveProcess {
  readonly id: string;
  readonly kind: ProcessKind;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** The revision since which no request of the process works by older rules. */
  readonly acknowledged: number;
  readonly seenAt: Date;
  /** How long the slowest twentieth of its latest writes took. */
  readonly writeMilliseconds: number | null;
  /** What a worker is at, and why it holds. */
  readonly activity: string | null;
}

/** What a process lets the others know of itself. */
export interface ProcessNews {
  /** The revision since which none of its requests works by older rules. */
  readonly acknowledged: number;
  /** How long the slowest twentieth of its latest writes took, in milliseconds. */
  readonly writeMilliseconds: number | null;
  readonly activity: string | null;
}

/** This process among those that run. */
export interface Membership {
  readonly id: string;
  /** Whether the others see it: false while its connection is lost, which is then opened again and again. */
  isJoined(): boolean;
  /** What the others are to know from the next heartbeat on. */
  tell(news: Partial<ProcessNews>): void;
  /** A heartbeat now: resolves once what was told before the call has been written, rejects where the connection is lost. */
  beat(): Promise<void>;
  leave(): Promise<void>;
}

export interface JoinOptions {
  readonly kind: ProcessKind;
  readonly name: string;
  /** What the others are to know, asked before each heartbeat; it wins over what was told. */
  readonly readNews?: () => Partial<ProcessNews>;
  /** Called with the connection right after each heartbeat, the first included: whoever joins is known before it reads. */
  readonly onBeat?: (db: Sql) => Promise<void>;
  /** Told once why heartbeats fail, until they succeed again. */
  readonly onLost?: ((error: unknown) => void) | undefined;
}

const BEAT_EVERY_MS = 500;
/** How long a row of a process that is gone is kept, for whoever wonders. */
const KEPT_HOURS = 24;

/**
 * Joins those who run, by a direct connection of its own: a heartbeat twice a second and at every new revision. The process
 * keeps its id when it has to connect again.
 * @throws what kept it from joining.
 */
export async function joinProcesses(url: string, { kind, name, readNews, onBeat, onLost }: JoinOptions): Promise<Membership> {
  const id = randomUUID();
  let news: ProcessNews = { acknowledged: 0, writeMilliseconds: null, activity: null };
  const connection = await openStandingConnection(url, {
    applicationName: `dynamic-choices ${kind} presence`,
    channel: 'choice_revision',
    everyMilliseconds: BEAT_EVERY_MS,
    visit: async (db) => {
      news = { ...news, ...readNews?.() };
      await writePresence(db, { id, kind, name }, news);
      await onBeat?.(db);
    },
    onLost,
  });
  return {
    id,
    isJoined: () => connection.isOpen(),
    tell: (changed) => {
      news = { ...news, ...changed };
    },
    beat: () => connection.visitNow(),
    leave: () => connection.close((db) => sql`DELETE FROM choice_process WHERE id = ${id}`.execute(db)),
  };
}

/** One statement for joining, staying and joining again. */
async function writePresence(
  db: Sql,
  { id, kind, name }: { id: string; kind: ProcessKind; name: string },
  { acknowledged, writeMilliseconds, activity }: ProcessNews,
): Promise<void> {
  const { rows } = await sql<{ joined: boolean }>`
    INSERT INTO choice_process AS process (id, kind, name, host, pid, backend_pid, backend_start, acknowledged, write_ms, activity)
    SELECT ${id}::uuid, ${kind}, ${name}, ${hostname()}, ${process.pid}, pid, backend_start, ${acknowledged}, ${writeMilliseconds}::real, ${activity}::text
    FROM pg_stat_activity WHERE pid = pg_backend_pid()
    ON CONFLICT (id) DO UPDATE SET
      backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, seen_at = now(),
      acknowledged = excluded.acknowledged, write_ms = excluded.write_ms, activity = excluded.activity
    RETURNING xmax = 0 AS joined`.execute(db);
  if (rows[0]?.joined)
    await sql`DELETE FROM choice_process WHERE seen_at < now() - make_interval(hours => ${KEPT_HOURS}) AND id <> ${id}`.execute(db);
}

/** Those whose backend is there and that were seen in the last 30 s; by kind and name. */
export async function listLiveProcesses(db: Sql, kind?: ProcessKind): Promise<LiveProcess[]> {
  return list<LiveProcess>(db, sql`SELECT ${columns} FROM choice_process AS process WHERE ${isLive} AND ${isOfKind(kind)} ${order}`);
}

/** A process, and what the database sees of it. */
export interface RecentProcess extends LiveProcess {
  /** Whether the connection by which it says what it does is there. */
  readonly connected: boolean;
  /** Whether a session of its requests is there. */
  readonly hasSessions: boolean;
}

/** Those that are connected, however long they have been silent, and those that were seen in the last `milliseconds`. */
export async function listRecentProcesses(db: Sql, kind: ProcessKind, milliseconds: number): Promise<RecentProcess[]> {
  return list<RecentProcess>(
    db,
    sql`
      SELECT * FROM (
        SELECT ${columns}, ${isConnected} AS connected,
          EXISTS (SELECT FROM pg_stat_activity AS activity WHERE ${processIdOf(sql`activity.application_name`)} = process.id::text) AS "hasSessions"
        FROM choice_process AS process WHERE ${isOfKind(kind)}
      ) AS known
      WHERE connected OR "seenAt" > now() - make_interval(secs => ${milliseconds / 1000}) ${order}`,
  );
}

const columns = sql`id, kind, name, host, pid, acknowledged, seen_at AS "seenAt", write_ms AS "writeMilliseconds", activity`;
const order = sql`ORDER BY kind, name, host, pid`;
const isOfKind = (kind: ProcessKind | undefined) => sql`kind = coalesce(${kind ?? null}::text, kind)`;

/** PostgreSQL's bigint comes as text. */
async function list<Row extends LiveProcess>(db: Sql, query: RawBuilder<unknown>): Promise<Row[]> {
  const { rows } = await query.execute(db);
  return (rows as (Omit<Row, 'acknowledged'> & { acknowledged: string })[]).map(
    (row) => ({ ...row, acknowledged: Number(row.acknowledged) }) as Row,
  );
}
