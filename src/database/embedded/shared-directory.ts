import { mkdir } from 'node:fs/promises';

/** Where root keeps what the user `postgres` could not reach in its proper place. */
export const SHARED_DIRECTORY = '/var/lib/dynamic-choices';

/** Makes it, open for everybody to pass through. */
export async function createSharedDirectory(): Promise<void> {
  await mkdir(SHARED_DIRECTORY, { recursive: true, mode: 0o755 });
}
