import { type RawBuilder, sql } from 'kysely';

/** What the sessions of a server's requests are called, so that others can tell whether any is left. It fits the 63 bytes of a name. */
export function apiApplicationName(processId: string): string {
  return `dynamic-choices api ${processId}`;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** SQL: the id of the server whose sessions are called so, as text; NULL where no server's are. */
export function processIdOf(application: RawBuilder<string>): RawBuilder<string | null> {
  return sql`substring(${application} FROM ${`^${apiApplicationName(`(${UUID})`)}$`}::text)`;
}

/** SQL: whether the backend of `process` is there, a row of choice_process. Who may not see another's session still sees its number. */
export const isConnected = sql<boolean>`EXISTS (
  SELECT FROM pg_stat_activity AS presence
  WHERE presence.pid = process.backend_pid AND coalesce(presence.backend_start, process.backend_start) = process.backend_start
)`;

/** How long a process that says nothing, while its connection stands, still counts: its host may be gone without a word. */
const SILENT_SECONDS = 30;

/** SQL: whether `process` runs, a row of choice_process: its backend is there, and it was seen in the last 30 s. */
export const isLive = sql<boolean>`(process.seen_at > now() - make_interval(secs => ${SILENT_SECONDS}) AND ${isConnected})`;
