import { stat } from 'node:fs/promises';

/** Whether an error is the system's of that name (errno(3)). */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether there is something by that name, as far as we can see. */
export async function pathExists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
