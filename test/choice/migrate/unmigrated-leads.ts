import type pg from 'pg';

/** Gives a tenant so many leads that have an industry and no ref, as if they had been there before the field was expanded. */
export async function insertUnmigratedLeads(client: pg.Client, tenantId: string, count: number): Promise<void> {
  await client.query('ALTER TABLE lead DISABLE TRIGGER USER');
  await client.query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source)
     SELECT $1, 'Ada', 'Example ' || n, 'ada@example.com', 'Company ' || n, (ARRAY['tech', 'finance', 'retail'])[1 + n % 3], 'web'
     FROM generate_series(1, $2::int) AS n`,
    [tenantId, count],
  );
  await client.query('ALTER TABLE lead ENABLE TRIGGER USER');
}

/** From now on, writes down who updates a lead, in which transaction. */
export async function recordUpdates(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE TABLE lead_update (id uuid, tenant_id uuid, pid int DEFAULT pg_backend_pid(), transaction xid8 DEFAULT pg_current_xact_id(), place serial);
    CREATE FUNCTION record_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN INSERT INTO lead_update (id, tenant_id) VALUES (NEW.id, NEW.tenant_id); RETURN NULL; END $$;
    CREATE TRIGGER record_update AFTER UPDATE ON lead FOR EACH ROW EXECUTE FUNCTION record_update()`);
}

/** How many leads were updated how often, and how many lack their ref. */
export async function countLeads(client: pg.Client): Promise<{ rows: number; missing: number; updated: Record<string, number> }> {
  const { rows } = await client.query<{ times: number; leads: number }>(
    `SELECT times, count(*)::int AS leads
     FROM (SELECT (SELECT count(*)::int FROM lead_update WHERE lead_update.id = lead.id) AS times FROM lead) AS counted GROUP BY 1 ORDER BY 1`,
  );
  const { rows: totals } = await client.query<{ rows: number; missing: number }>(
    `SELECT count(*)::int AS rows, (count(*) FILTER (WHERE industry_id IS NULL))::int AS missing FROM lead`,
  );
  return { ...totals[0]!, updated: Object.fromEntries(rows.map(({ times, leads }) => [times, leads])) };
}

/** How many leads each transaction updated, in the order in which they did. */
export async function listBatches(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ leads: number }>(
    'SELECT count(*)::int AS leads FROM lead_update GROUP BY transaction ORDER BY min(place)',
  );
  return rows.map(({ leads }) => leads);
}
