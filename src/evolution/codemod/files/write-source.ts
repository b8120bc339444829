import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file's text in one step that nobody sees half done; its mode stays, and a link stays a link.
 * @returns why it was not written, if it was not: for example because it is no longer what was read.
 */
export async function writeSource(path: string, { before, after }: { before: string; after: string }): Promise<string | undefined> {
  let unfinished: string | undefined;
  try {
    const target = await realpath(path);
    const { mode, uid, gid } = await stat(target);
    // Whoever may write to the folder may replace the file, whatever its mode says: root always.
    if ((mode & 0o222) === 0) return 'is read-only: not written';
    if (!(await readFile(target)).equals(Buffer.from(before))) return 'was changed meanwhile: not written';
    unfinished = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
    const file = await open(unfinished, 'wx', mode & 0o777);
    try {
      await file.writeFile(after);
      // Only root can give a file away, and only root needs to.
      await file.chown(uid, gid).catch(() => undefined);
      await file.chmod(mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
    return undefined;
  } catch (error) {
    if (unfinished !== undefined) await rm(unfinished, { force: true }).catch(() => undefined);
    return `cannot be written: ${(error as Error).message}`;
  }
}
