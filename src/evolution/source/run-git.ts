import { execFile } from 'node:child_process';
import { OperationError } from '../../errors.ts';

const LARGEST_FILE = 64 * 1024 * 1024;

export interface GitAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs git in the working directory and waits for its end.
 * @throws OperationError where git cannot be run.
 */
export function runGit(argv: readonly string[], signal: AbortSignal | undefined): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    execFile('git', argv, { maxBuffer: LARGEST_FILE, signal }, (error, stdout, stderr) => {
      // A number is an exit code; anything else kept git from running to its end.
      if (error !== null && typeof error.code !== 'number')
        reject(new OperationError(`git cannot be run: ${error.message}`, { cause: error }));
      else resolve({ ok: error === null, stdout, stderr: stderr.trim() });
    });
  });
}

/**
 * The commit that a ref names; undefined where git knows none here.
 * @throws OperationError where there is no git, or no repository.
 */
export async function findCommit(ref: string, signal?: AbortSignal): Promise<string | undefined> {
  const commit = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], signal);
  if (commit.ok) return commit.stdout.trim();
  if (commit.stderr !== '') throw new OperationError(`git cannot look up ${JSON.stringify(ref)}: ${commit.stderr}`);
  return undefined;
}
