import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** How to start a server that says `ready URL` on its standard output. */
export interface ServerCommand {
  /** Of Node. */
  readonly arguments: readonly string[];
  /** Where it is started; that of this process unless told. */
  readonly directory?: string;
  /** All that it gets of the environment, beside what any program needs. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface RunningServer {
  readonly pid: number;
  readonly url: URL;
  /** Lets it end by itself, and ends it if it does not. May be called twice. */
  stop(): Promise<void>;
}

const STARTS_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 30_000;

/** Those that run: none outlives this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @throws with the end of what it logged where it does not get ready. */
export async function startServer(command: ServerCommand): Promise<RunningServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'read-path-'));
  const log = path.join(folder, 'log');
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, command.arguments, {
    cwd: command.directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...command.environment },
    stdio: ['ignore', 'pipe', output],
  });
  closeSync(output);
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return String(signal ?? code);
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const inTime = await Promise.race([ended, delay(ENDS_WITHIN_MS, undefined, { ref: false })]);
    if (inTime === undefined) child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await Promise.race([
      readAddress(child),
      ended.then((how) => Promise.reject(new Error(`it ended with ${how}`))),
      delay(STARTS_WITHIN_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`it was not ready in time`))),
    ]);
    return { pid: child.pid!, url, stop };
  } catch (error) {
    const said = readFileSync(log, 'utf8').slice(-4_000);
    await stop();
    throw new Error(`${command.arguments.join(' ')} does not start: ${String(error)}\n${said}`, { cause: error });
  }
}

async function readAddress(child: ChildProcess): Promise<URL> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const address = /^ready (\S+)$/.exec(line)?.[1];
      if (address !== undefined) resolve(new URL(address));
    });
  });
}
