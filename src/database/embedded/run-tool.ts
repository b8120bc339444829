import { spawn } from 'node:child_process';
import { OperationError } from '../../errors.ts';

/** Nothing of ours leaks into the server: a stray PGPORT or locale in the caller's environment changes nothing. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

const SHOWN_LINES = 8;

export interface ToolOptions {
  /** Whom to run as; undefined for ourselves. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly cwd?: string;
}

/** A tool that ended badly: its exit code (undefined when it could not be started or was killed) and all it wrote. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  constructor(
    message: string,
    readonly exitCode: number | undefined,
    readonly output: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Runs a program without a shell and answers what it wrote.
 * It has a session of its own, so that Ctrl-C in our terminal does not reach it: what it began, it ends.
 * @throws ToolError when it ends with anything but 0.
 */
export function runTool(file: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...options.user,
      cwd: options.cwd ?? '/',
      env: ENVIRONMENT,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => reject(new ToolError(`${file} cannot be run: ${error.message}`, undefined, '', { cause: error })));
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (code === 0) resolve(output);
      else reject(new ToolError(`${file} ended with ${signal ?? code}`, code ?? undefined, output));
    });
  });
}

/** What went wrong, in one sentence, followed by the last lines that the tool or its log had to say. */
export function describeToolFailure(sentence: string, error: unknown, log = ''): OperationError {
  const output = error instanceof ToolError ? `${error.output}\n${log}` : log;
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  const details = lines.slice(-SHOWN_LINES).map((line) => `\n  ${line}`);
  const reason = error instanceof Error ? error.message : String(error);
  return new OperationError(`${sentence}: ${reason}${details.join('')}`, { cause: error });
}
