import { stat } from 'node:fs/promises';

/** Whether there is something by that name, as far as we can see. */
export async function pathExists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
