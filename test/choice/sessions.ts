import type pg from 'pg';
import { waitUntil } from '../harness/wait-until.ts';

async function readPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

/** Waits until so many sessions stand in a queue behind a lock of `holder`; returns their process ids. */
export async function waitUntilBlocked(observer: pg.Client, holder: pg.Client | number, count = 1): Promise<number[]> {
  const pid = typeof holder === 'number' ? holder : await readPid(holder);
  let blocked: number[] = [];
  await waitUntil(`${count} sessions that wait for a lock of pid ${pid}`, async () => {
    // A session may wait for one that waits for the holder.
    const { rows } = await observer.query<{ pid: number }>(
      `WITH RECURSIVE waiting AS (
         SELECT pid, pg_blocking_pids(pid) AS blockers FROM pg_stat_activity WHERE wait_event_type = 'Lock'
       ), blocked AS (
         SELECT pid FROM waiting WHERE $1 = ANY (blockers)
         UNION SELECT waiting.pid FROM waiting JOIN blocked ON blocked.pid = ANY (waiting.blockers)
       ) SELECT pid FROM blocked ORDER BY pid`,
      [pid],
    );
    blocked = rows.map((row) => row.pid);
    return blocked.length >= count;
  });
  return blocked;
}
