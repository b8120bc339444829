import type { RunningProgram } from '../harness/running-program.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** What can be killed. */
export const TARGETS = ['worker', 'backend', 'postmaster'] as const;
export type Target = (typeof TARGETS)[number];

/** What died. After the only worker that had begun to work, nobody is there to go on until another one has started. */
export const KILLS = [...TARGETS, 'the only worker'] as const;
export type Kill = (typeof KILLS)[number];

/** Kills with SIGKILL, and starts again what nobody else does: a worker. Everything else has to come back by itself. */
export async function kill(world: ChaosWorld, target: Target, random: () => number): Promise<Kill> {
  if (target === 'worker') {
    const place = Math.floor(random() * world.workers.length);
    const [worker] = world.workers.splice(place, 1);
    worker!.kill('SIGKILL');
    await worker!.ended;
    const others = world.workers.some(hasBegun);
    await world.startWorker();
    return others ? 'worker' : 'the only worker';
  }
  const pid = target === 'postmaster' ? await world.postmasterPid() : await pickBackend(world, random);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  return target;
}

/** A worker says what it is at once it has found work. */
function hasBegun(worker: RunningProgram): boolean {
  return worker.output.stderr.some((line) => line.startsWith('migrate '));
}

/** Any session's process, those of workers and of the API included; PostgreSQL then ends all others too, and recovers. */
async function pickBackend(world: ChaosWorld, random: () => number): Promise<number | undefined> {
  const rows = await world.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid`,
  );
  return rows[Math.floor(random() * rows.length)]?.pid;
}
