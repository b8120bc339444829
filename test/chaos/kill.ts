import type { ChaosWorld } from './chaos-world.ts';

/** What can die. */
export const KILLS = ['worker', 'backend', 'postmaster'] as const;
export type Kill = (typeof KILLS)[number];

/** Kills with SIGKILL, and starts again what nobody else does: a worker. Everything else has to come back by itself. */
export async function kill(world: ChaosWorld, what: Kill, random: () => number): Promise<void> {
  if (what === 'worker') {
    const place = Math.floor(random() * world.workers.length);
    const [worker] = world.workers.splice(place, 1);
    worker!.kill('SIGKILL');
    await worker!.ended;
    await world.startWorker();
    return;
  }
  const pid = what === 'postmaster' ? await world.postmasterPid() : await pickBackend(world, random);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/** Any session's process, those of workers and of the API included; PostgreSQL then ends all others too, and recovers. */
async function pickBackend(world: ChaosWorld, random: () => number): Promise<number | undefined> {
  const rows = await world.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid`,
  );
  return rows[Math.floor(random() * rows.length)]?.pid;
}
