import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A process of its own that uses the embedded server, as `npm start` and each command do. */
export interface ServerHolder {
  readonly pid: number;
  /** What it said so far. */
  readonly messages: readonly string[];
  /** Settles when it uses the server, or has failed to. */
  readonly ownerUrl: Promise<string>;
  /** Lets it leave; resolves when its process has ended. */
  release(): Promise<void>;
  /** Ends its process; with `group`, whoever belongs to its terminal's foreground too. */
  kill(signal: 'SIGKILL' | 'SIGINT', options?: { group: boolean }): Promise<void>;
}

export function startServerHolder(program: string, dataDir: string): ServerHolder {
  const child = spawn(process.execPath, [program, dataDir], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const messages: string[] = [];
  const ownerUrl = readOwnerUrl(child, messages);
  // Whoever awaits it hears of a failure; a process that is killed before it got there fails nobody's test.
  ownerUrl.catch(() => undefined);
  const pid = child.pid ?? 0;
  return {
    pid,
    messages,
    ownerUrl,
    release: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async (signal, { group } = { group: false }) => {
      process.kill(group ? -pid : pid, signal);
      await ended;
    },
  };
}

async function readOwnerUrl(child: ChildProcessByStdio<Writable, Readable, null>, messages: string[]): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const { ownerUrl, message, error } = JSON.parse(line) as { ownerUrl?: string; message?: string; error?: string };
    if (error !== undefined) throw new Error(error);
    if (message !== undefined) messages.push(message);
    if (ownerUrl !== undefined) return ownerUrl;
  }
  throw new Error('the process ended before it used the server');
}
