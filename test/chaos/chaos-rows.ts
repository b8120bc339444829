import type { ChoiceField } from '../../src/choice/choice-field.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** The fields that are migrated. */
export const FIELDS = choiceRegistry.fields.filter((field) => field.owner === 'Lead');

/** Leads of one tenant that were there before it had choices: their refs are for the backfill to set. */
export async function fillWorld(world: ChaosWorld, leads: number): Promise<void> {
  await world.query(`INSERT INTO tenant (slug, name) VALUES ('chaos', 'Chaos')`);
  await world.query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source, status, marketing_channel)
     SELECT tenant.id, 'First ' || n, 'Last', 'a@example.test', 'Company',
       (ARRAY['tech', 'finance', 'retail', 'Technology', '', 'Mystery'])[1 + n % 6], (ARRAY['web', 'referral'])[1 + n % 2],
       (ARRAY['new', 'contacted'])[1 + n % 2], (ARRAY['email', ''])[1 + n % 2]
     FROM tenant, generate_series(1, $1::int) AS n ORDER BY n`,
    [leads],
  );
  await settle(world, 'populate');
  await settle(world, 'map', 'Lead.industry', '--tenant', 'chaos', 'Technology=tech');
  await settle(world, 'accept', 'Lead.industry', '--tenant', 'chaos', 'Mystery', '--reason', 'a value of the chaos test');
}

async function settle(world: ChaosWorld, ...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await world.command(...argv);
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${stderr}`);
}

/** Writes down whenever a ref is set where there was none by one of ours: in the same transaction, so it tells what was kept. */
export async function watchRefs(world: ChaosWorld): Promise<void> {
  await world.query(`CREATE TABLE chaos_ref_set (record_id uuid, field text)`);
  await world.query(`
    CREATE FUNCTION chaos_watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
      IF current_setting('application_name') NOT LIKE 'dynamic-choices%' OR current_setting('application_name') LIKE '%api%' THEN RETURN NULL; END IF;
      ${FIELDS.map(
        ({ refColumn, legacyColumn }) =>
          `IF OLD.${refColumn} IS NULL AND NEW.${refColumn} IS NOT NULL THEN INSERT INTO chaos_ref_set VALUES (NEW.id, '${legacyColumn}'); END IF;`,
      ).join('\n')}
      RETURN NULL;
    END $$`);
  await world.query(`CREATE TRIGGER chaos_watch AFTER UPDATE ON lead FOR EACH ROW EXECUTE FUNCTION chaos_watch()`);
}

/** The first rows are the writers'. */
export async function listRows(world: ChaosWorld, count: number): Promise<string[]> {
  return (await world.query<{ id: string }>('SELECT id FROM lead ORDER BY id LIMIT $1', [count])).map(({ id }) => id);
}

/** A hash of what no migration may touch, by row, of all rows but the writers'. */
export async function readUntouched(world: ChaosWorld, writersRows: number): Promise<Map<string, string>> {
  const rows = await world.query<{ id: string; hash: string }>(
    `SELECT id, md5(concat_ws('|', industry, lead_source, status, marketing_channel, version, updated_at, company)) AS hash FROM lead ORDER BY id OFFSET $1`,
    [writersRows],
  );
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** Rows that a writer writes meanwhile get their refs from the trigger: `done` need not become `total`. */
export async function readProgress(world: ChaosWorld): Promise<{ done: number; total: number; wanted: boolean }> {
  const [row] = await world.query<{ done: number; total: number; wanted: boolean }>(
    'SELECT coalesce(sum(done), 0)::int AS done, coalesce(sum(total), 0)::int AS total, bool_or(wanted) AS wanted FROM choice_tenant_state',
  );
  return row!;
}

/** Drift of any field at this moment. */
export async function readFaults(world: ChaosWorld): Promise<string[]> {
  const driftOf = ({ coordinate, type, legacyColumn, refColumn }: ChoiceField) => `
    SELECT '${coordinate}' AS field, lead.id, lead.${legacyColumn} AS value
    FROM lead LEFT JOIN ${type.aliasTable} AS alias ON alias.tenant_id = lead.tenant_id AND alias.legacy_value = lead.${legacyColumn}
    WHERE lead.${refColumn} IS NOT NULL AND lead.${refColumn} IS DISTINCT FROM alias.choice_id`;
  const rows = await world.query<{ field: string; id: string; value: string }>(FIELDS.map(driftOf).join(' UNION ALL '));
  return rows.map(({ field, id, value }) => `drift: ${field} of ${id}: ${value}`);
}
