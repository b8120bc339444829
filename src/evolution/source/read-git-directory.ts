import { UsageError } from '../../errors.ts';
import { findCommit, runGit } from './run-git.ts';
import { readGitFile } from './read-git-file.ts';

/**
 * The files right in a directory as a commit has them, by name: those whose names `wants`. The path is from the top of the
 * repository, or from the working directory if it begins with `./`.
 * @throws UsageError where there is no such commit or no such directory in it, OperationError where git cannot be run.
 */
export async function readGitDirectory(
  ref: string,
  path: string,
  wants: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const commit = await findCommit(ref, signal);
  if (commit === undefined)
    throw new UsageError(
      `git knows no commit ${JSON.stringify(ref)} here. A shallow clone may lack it: fetch it first. Before the first commit there is none`,
    );
  const tree = await runGit(['ls-tree', '--full-tree', '--name-only', '-z', `${commit}:${path}`], signal);
  if (!tree.ok) throw new UsageError(`there is no directory ${JSON.stringify(path)} in ${JSON.stringify(ref)}: ${tree.stderr}`);
  const files = new Map<string, string>();
  for (const name of tree.stdout.split('\0').filter((each) => each !== '' && wants(each)))
    files.set(name, await readGitFile(commit, `${path.replace(/\/$/, '')}/${name}`, signal));
  return files;
}
