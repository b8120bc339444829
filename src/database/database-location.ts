import type { Config } from '../config.ts';
import { acquireEmbeddedServer } from './embedded/embedded-server.ts';

/** Where the database is, and the promise to let go of it. */
export interface DatabaseLocation {
  /** The owner role: migrations, verification and DDL run as it. */
  readonly ownerUrl: string;
  /** The restricted role, where the environment names one. */
  readonly appUrl: string | undefined;
  /** A direct connection, fit for LISTEN. */
  readonly listenUrl: string;
  readonly embedded: boolean;
  /** Stops the embedded server if nobody else uses it; does nothing to a real one. May be called twice. */
  release(): Promise<void>;
}

/**
 * The server that `DATABASE_URL` names, or else the embedded one under `DATA_DIR`, started if it does not run.
 * `onMessage` gets lines for people: what is being started and, if it is not where one expects, where it is kept.
 */
export async function acquireDatabase(config: Config, onMessage: (line: string) => void): Promise<DatabaseLocation> {
  if (config.databaseUrl !== undefined) {
    return {
      ownerUrl: config.databaseUrl,
      appUrl: config.databaseAppUrl,
      listenUrl: config.databaseListenUrl ?? config.databaseUrl,
      embedded: false,
      release: () => Promise.resolve(),
    };
  }
  const server = await acquireEmbeddedServer(config.dataDir, onMessage);
  return { ownerUrl: server.ownerUrl, appUrl: undefined, listenUrl: server.ownerUrl, embedded: true, release: () => server.release() };
}
