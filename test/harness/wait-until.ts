import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a state that others bring about; fails after 30 s and names what did not come. */
export async function waitUntil(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const givenUpAt = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > givenUpAt) throw new Error(`waited 30 s in vain: ${what}`);
    await delay(5);
  }
}
