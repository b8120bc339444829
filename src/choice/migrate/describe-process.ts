import type { LiveProcess } from '../processes.ts';

/** `api on host-1 (pid 7), api on host-2 (pid 9)`. */
export function describeProcesses(processes: readonly LiveProcess[]): string {
  return processes.map(({ name, host, pid }) => `${name} on ${host} (pid ${pid})`).join(', ');
}
