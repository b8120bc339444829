import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';

const LOCK = 'choices pace';
/** A batch is at most what may be done in so long: so a limit is kept at every moment, and a new one followed soon. In milliseconds. */
const SLICE_MS = 100;

/**
 * Does a piece of work of at most `most` rows. Where there is a limit of rows per second, it is kept by all workers together: only
 * one works at a time, and passes on its turn when its rows' time is up. The turn is a lock of the session, on one `connection`; it
 * ends with its holder. Nobody waits for it inside a statement: undefined says that it is somebody else's turn.
 */
export async function holdRate<Work extends { readonly updated: number } | undefined>(
  connection: Sql,
  rowsPerSecond: number | null,
  signal: AbortSignal | undefined,
  work: (most: number) => Promise<Work>,
): Promise<Work | undefined> {
  if (rowsPerSecond === null) return work(Number.POSITIVE_INFINITY);
  const { rows } = await sql<{ mine: boolean }>`SELECT pg_try_advisory_lock(hashtext(${LOCK})) AS mine`.execute(connection);
  if (!rows[0]!.mine) return undefined;
  try {
    const start = performance.now();
    const done = await work(Math.max(1, Math.floor((rowsPerSecond * SLICE_MS) / 1000)));
    const due = ((done?.updated ?? 0) / rowsPerSecond) * 1000 - (performance.now() - start);
    if (due > 0) await delay(due, undefined, { signal }).catch(() => undefined);
    return done;
  } finally {
    await sql`SELECT pg_advisory_unlock(hashtext(${LOCK}))`.execute(connection);
  }
}
