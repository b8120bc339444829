import { setTimeout as delay } from 'node:timers/promises';
import { createRulesSource } from '../../src/choice/rules-watcher.ts';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { readThrough } from '../../src/database/read.ts';

export const REQUEST_MS = 20;

/** What a server is to whoever changes rules: it has joined, and one request after the other works by the rules it began with. */
export interface LiveServer {
  leave(): Promise<void>;
}

export async function joinServer(url: string, database: OwnerDatabase): Promise<LiveServer> {
  const source = await createRulesSource(url, { name: 'bench server', read: readThrough(database.sql) });
  let running = true;
  const serving = (async () => {
    while (running) {
      const lease = await source.begin();
      await delay(REQUEST_MS);
      lease.end();
    }
  })();
  // Whoever leaves is told.
  serving.catch(() => undefined);
  return {
    leave: async () => {
      running = false;
      try {
        await serving;
      } finally {
        await source.close();
      }
    },
  };
}
