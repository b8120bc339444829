import { OperationError } from '../../errors.ts';
import { describeToolFailure, runTool, ToolError } from './run-tool.ts';

const NAME = 'postgres';

/** Whom the server and its tools run as when we are root, whom PostgreSQL refuses (manual, 18.1). */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user `postgres`, made if the machine has none; undefined when we are not root and simply run the server ourselves.
 * @throws OperationError when it can be neither found nor made.
 */
export async function ensureServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await findUser();
  if (existing !== undefined) return existing;
  try {
    await runTool('groupadd', ['--force', '--system', NAME]);
    await runTool('useradd', ['--system', '--gid', NAME, '--no-create-home', '--shell', '/bin/false', NAME]);
  } catch (error) {
    // Somebody else, started at the same time, may have been quicker.
    const made = await findUser();
    if (made !== undefined) return made;
    throw describeToolFailure(
      `PostgreSQL does not run as root, and the user ${NAME} cannot be made. Run as another user, or set DATABASE_URL`,
      error,
    );
  }
  const made = await findUser();
  if (made === undefined)
    throw new OperationError(`The user ${NAME} was made but cannot be found. Run as another user, or set DATABASE_URL.`);
  return made;
}

async function findUser(): Promise<ServerUser | undefined> {
  try {
    return { uid: Number(await runTool('id', ['-u', NAME])), gid: Number(await runTool('id', ['-g', NAME])) };
  } catch (error) {
    if (error instanceof ToolError && error.exitCode !== undefined) return undefined;
    throw describeToolFailure('The machine cannot be asked for its users', error);
  }
}

/** Asks the system itself, because mode bits alone do not tell (access control lists, mounts). We ourselves reach what we made. */
export async function canUserEnter(directory: string, user: ServerUser | undefined): Promise<boolean> {
  if (user === undefined) return true;
  try {
    await runTool('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { user });
    return true;
  } catch (error) {
    if (error instanceof ToolError && error.exitCode !== undefined) return false;
    throw error;
  }
}
