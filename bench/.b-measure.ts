import pg from 'pg';
import { startBenchServer } from '/work/main/bench/harness/bench-server.ts';
import { openOwnerDatabase } from '/work/main/src/database/owner-database.ts';
import { migrateDatabase } from '/work/main/src/database/migrate.ts';
import { expandFields } from '/work/main/src/choice/migrate/expand.ts';
import { populateChoices } from '/work/main/src/choice/migrate/populate.ts';
import { createTenant } from '/work/main/src/choice/migrate/create-tenant.ts';
import { choiceRegistry } from '/work/main/src/crm/choice-fields.ts';
import { replaceObjects } from '/work/main/src/choice/derive/objects.ts';
import { createSyncFunction } from '/tmp/b/old-sync.ts';
import { createFunction } from '/work/main/src/choice/derive/database-function.ts';
import { syncFunction } from '/work/main/src/choice/derive/sync-trigger.ts';
import { dropTrigger } from '/work/main/src/choice/derive/database-trigger.ts';
import { deriveSyncTriggers } from '/work/main/src/choice/derive/sync-trigger.ts';
import { dropLegacyColumn } from '/work/main/src/choice/derive/columns.ts';
import { contractFields } from '/work/main/src/choice/migrate/contract.ts';
const FIELD = choiceRegistry.field('Lead.industry')!;
const N = 100000;
const server = await startBenchServer();
try {
  const url = await server.createDatabase('m');
  const owner = openOwnerDatabase(url);
  await migrateDatabase(owner, { dryRun: false });
  const run = { dryRun: false, actor: 'm', onProgress: () => {} };
  const { tenant } = await createTenant(owner.sql, choiceRegistry, { slug: 'acme', name: 'a' }, run);
  const scope = { registry: choiceRegistry, fields: [FIELD], tenants: undefined };
  const keys = FIELD.hardcoded.map(([k]) => k);
  const q = (s: string, v: unknown[] = []) => owner.pool.query(s, v);
  await q(`INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source) SELECT $1, 'First', 'Last', 'a@b.c', 'Co', ($2::text[])[1 + n % ${keys.length}], 'web' FROM generate_series(1, ${N}) n`, [tenant.id, keys]);
  await expandFields(owner.sql, scope, run);
  await populateChoices(owner.sql, scope, run);
  await q('VACUUM ANALYZE');
  const time = async (label: string, statement: string, rounds = 3) => {
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const client = await owner.pool.connect();
      await client.query('BEGIN');
      const t = performance.now();
      await client.query(statement);
      times.push(performance.now() - t);
      await client.query('ROLLBACK');
      client.release();
      await q('VACUUM lead');
    }
    console.log(label.padEnd(60), times.map((t) => (t * 1000 / N).toFixed(2) + ' us').join('  '));
    return Math.min(...times);
  };
  const backfill = `UPDATE lead SET industry_id = industry.id FROM industry WHERE industry.tenant_id = lead.tenant_id AND industry.key = lead.industry AND lead.industry_id IS NULL`;
  const legacyWrite = `UPDATE lead SET industry = CASE industry WHEN 'tech' THEN 'finance' ELSE 'tech' END`;
  const other = `UPDATE lead SET company = 'x'`;

  const toggle = async (on: boolean) => { for (const t of (await q(`SELECT tgname FROM pg_trigger WHERE tgrelid='lead'::regclass AND tgname ~ '^(aaa|zzz)_'`)).rows) await q(`ALTER TABLE lead ${on ? 'ENABLE' : 'DISABLE'} TRIGGER ${t.tgname}`); };
  const compare = async (label: string, statement: string) => {
    const on: number[] = [], off: number[] = [];
    for (let i = 0; i < 12; i++) for (const [state, list] of [[true, on], [false, off]] as const) {
      await toggle(state);
      const client = await owner.pool.connect();
      await client.query('BEGIN'); const t = performance.now(); await client.query(statement); list.push((performance.now() - t) * 1000 / N); await client.query('ROLLBACK'); client.release(); await q('VACUUM lead');
    }
    await toggle(true);
    const mid = (l: number[]) => l.toSorted((a, b) => a - b)[6]!; const min = (l: number[]) => Math.min(...l);
    console.log(label, 'median on/off', mid(on).toFixed(1), mid(off).toFixed(1), 'ratio', (mid(on) / mid(off)).toFixed(3), 'min', (min(on) / min(off)).toFixed(3));
  };
  await q(backfill);
  await compare('column', other);
  await q(replaceObjects(FIELD, 'column', 'window').join(';'));
  await compare('window', other);
  await q([...replaceObjects(FIELD, 'window', 'archive'), dropLegacyColumn(FIELD)].join(';'));
  await compare('archive', other);
  await owner.close();
} finally { await server.stop(); }
