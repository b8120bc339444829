import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process of ours that serves. */
export interface RunningProgram {
  readonly pid: number;
  /** The URL of its `ready` line; rejects with what it said if it ends before. */
  readonly ready: Promise<string>;
  /** Everything it has printed so far. */
  readonly output: { readonly stdout: readonly string[]; readonly stderr: readonly string[] };
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves once a line on stderr matches; rejects if the program ends before. */
  said(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and the wait for its end. */
  stop(): Promise<number | NodeJS.Signals>;
}

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a built program with this Node. */
export function startProgram(file: string, argv: readonly string[], surroundings: Surroundings): Promise<RunningProgram> {
  return startCommand(process.execPath, [file, ...argv], surroundings);
}

/** Starts any command. */
export async function startCommand(command: string, argv: readonly string[], { env, cwd }: Surroundings): Promise<RunningProgram> {
  const child = spawn(command, argv, { env: { ...process.env, NODE_OPTIONS: '', ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const output = { stdout: [] as string[], stderr: [] as string[] };
  const errors = createInterface(child.stderr).on('line', (line) => output.stderr.push(line));
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  const ready = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      output.stdout.push(line);
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
    void ended.then((how) => reject(new Error(`ended with ${how} before it was ready:\n${output.stderr.join('\n')}`)));
  });
  ready.catch(() => {});
  return {
    pid: child.pid!,
    ready,
    output,
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => output.stderr.some((line) => pattern.test(line)) && resolve();
        errors.on('line', look);
        look();
        void ended.then((how) => reject(new Error(`ended with ${how} without saying ${pattern}`)));
      }),
    kill: (signal) => void child.kill(signal),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
