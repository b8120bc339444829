/** What processes take of the machine, as Linux counts it (proc(5)). */
import { readdir, readFile } from 'node:fs/promises';

/** Of a process's clock in /proc, on every architecture that Linux has today. */
const TICK_MICROSECONDS = 10_000;

/** What a process has taken so far, all its threads and the children that ended included; microseconds of CPU. */
export async function readProcessCpu(pid: number): Promise<number> {
  return (await readStat(pid)).cpu;
}

/** The same of a PostgreSQL server with all its processes; `postmaster` is the one that started the others. */
export async function readServerCpu(postmaster: number): Promise<number> {
  let sum = await readProcessCpu(postmaster);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // One that ends at this moment is the postmaster's own then, which misses it for once.
    const stat = await readStat(Number(name)).catch(() => undefined);
    if (stat?.parent === postmaster) sum += stat.cpu;
  }
  return sum;
}

export async function readParent(pid: number): Promise<number> {
  return (await readStat(pid)).parent;
}

/** What of a process is in memory, in MiB. */
export async function readMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1_024;
}

async function readStat(pid: number): Promise<{ parent: number; cpu: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything. From the state on, the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  return { parent: Number(fields[1]), cpu: (user + system + childrenUser + childrenSystem) * TICK_MICROSECONDS };
}
