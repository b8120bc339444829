import type pg from 'pg';

/**
 * Gives the place in its pool back when a connection is lost while somebody holds it. Kysely's controlled transactions, which
 * MikroORM uses, do not: their rollback fails, and the pool would wait for the connection for ever, at its end and once it is full.
 */
export function freeLostClients(pool: pg.Pool): void {
  const watched = new WeakMap<pg.PoolClient, () => void>();
  pool.on('acquire', (client) => {
    const free = () => {
      const { release } = client;
      // Whoever holds it may give it back as well.
      client.release = () => undefined;
      release(true);
    };
    watched.set(client, free);
    client.once('end', free);
  });
  pool.on('release', (_error, client) => {
    const free = watched.get(client);
    if (free) client.off('end', free);
  });
}
