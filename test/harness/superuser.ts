import pg from 'pg';

/** Runs `work` on a connection of its own. */
export async function runAsSuperuser<Result>(superuserUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
