import { execFile } from 'node:child_process';

/** How a command ended. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In milliseconds, less than a test may last: what should have ended and serves instead is not left behind. */
const LONGEST_RUN = 55_000;

interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of a test that may last longer than others, a little less than that. */
  readonly longestRun?: number;
}

/** Runs a line of a document as a shell would, and waits for its end. */
export function runShell(line: string, surroundings: Surroundings = {}): Promise<Finished> {
  return execute('bash', ['-c', line], surroundings);
}

/** Runs a built program with this Node, and waits for its end. */
export function runProgram(file: string, argv: readonly string[], surroundings: Surroundings = {}): Promise<Finished> {
  return execute(process.execPath, [file, ...argv], surroundings);
}

function execute(command: string, argv: readonly string[], { cwd, env, longestRun }: Surroundings): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      command,
      [...argv],
      { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env }, timeout: longestRun ?? LONGEST_RUN, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
      },
    );
  });
}
