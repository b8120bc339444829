import { execFile } from 'node:child_process';

/** How a command ended. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of a document as a shell would, in a folder, and waits for its end. */
export function runShell(line: string, options: { cwd?: string; env?: Readonly<Record<string, string>> } = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '', ...options.env };
    execFile('bash', ['-c', line], { cwd: options.cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}
