import { execFile } from 'node:child_process';
import { OperationError } from '../../errors.ts';

const LARGEST_FILE = 64 * 1024 * 1024;

/**
 * A file as a commit has it. The path is from the top of the repository, or from the working directory if it begins with `./`.
 * @throws OperationError where there is no git, no repository, no such commit or no such file.
 */
export async function readGitFile(ref: string, path: string, signal?: AbortSignal): Promise<string> {
  const commit = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], signal);
  if (!commit.ok)
    throw new OperationError(
      commit.stderr === ''
        ? `git knows no commit ${JSON.stringify(ref)} here. A shallow clone may lack it: fetch it first`
        : `git cannot look up ${JSON.stringify(ref)}: ${commit.stderr}`,
    );
  const file = await runGit(['cat-file', 'blob', `${commit.stdout.trim()}:${path}`], signal);
  if (!file.ok) throw new OperationError(`there is no file ${JSON.stringify(path)} in ${JSON.stringify(ref)}: ${file.stderr}`);
  return file.stdout;
}

interface GitAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function runGit(argv: readonly string[], signal: AbortSignal | undefined): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    execFile('git', argv, { maxBuffer: LARGEST_FILE, signal }, (error, stdout, stderr) => {
      // A number is an exit code; anything else kept git from running to its end.
      if (error !== null && typeof error.code !== 'number')
        reject(new OperationError(`git cannot be run: ${error.message}`, { cause: error }));
      else resolve({ ok: error === null, stdout, stderr: stderr.trim() });
    });
  });
}
