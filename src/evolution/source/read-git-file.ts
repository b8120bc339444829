import { OperationError } from '../../errors.ts';
import { findCommit, runGit } from './run-git.ts';

/**
 * A file as a commit has it. The path is from the top of the repository, or from the working directory if it begins with `./`.
 * @throws OperationError where there is no git, no repository, no such commit or no such file.
 */
export async function readGitFile(ref: string, path: string, signal?: AbortSignal): Promise<string> {
  const commit = await findCommit(ref, signal);
  if (commit === undefined)
    throw new OperationError(`git knows no commit ${JSON.stringify(ref)} here. A shallow clone may lack it: fetch it first`);
  const file = await runGit(['cat-file', 'blob', `${commit}:${path}`], signal);
  if (!file.ok) throw new OperationError(`there is no file ${JSON.stringify(path)} in ${JSON.stringify(ref)}: ${file.stderr}`);
  return file.stdout;
}
