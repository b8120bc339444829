import { afterEach, describe, expect, test } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { type MapResult, mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords, type MigrateResult } from '../../../src/choice/migrate/migrate.ts';
import { type Pace, readPace, setPace } from '../../../src/choice/migrate/pace.ts';
import { pauseMigration, resumeMigration } from '../../../src/choice/migrate/pause.ts';
import { type Phase, PHASES } from '../../../src/choice/migrate/phase.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import type { RunOptions } from '../../../src/choice/migrate/run.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { Sql } from '../../../src/database/owner-database.ts';
import type { BlockedError } from '../../../src/errors.ts';
import { openStatementLog, type StatementLog } from '../../harness/statement-log.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertColumns } from '../records.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';

/** Two of them share a type; one is required, the others are not. */
const FIELDS = [LEAD_INDUSTRY, choiceRegistry.field('Account.industry')!, choiceRegistry.field('Account.tier')!];
const TENANTS = ['acme', 'globex'] as const;
const UNMAPPED = ['Mystery', 'telecom'];
const DAY = 86_400_000;

type Command<Result> = (db: Sql, options: RunOptions) => Promise<Result>;

let crm: TestCrm;
/** The same database, where every transaction is read-only: PostgreSQL refuses to write there, and to lock a row. */
let readOnly: StatementLog;
afterEach(async () => {
  await readOnly.close();
  await crm.close();
});

const expand = (db: Sql, options: RunOptions) => expandFields(db, crm.scope, options);
const populate = (db: Sql, options: RunOptions) => populateChoices(db, crm.scope, options);
const migrate = (db: Sql, options: RunOptions) => migrateRecords(db, crm.scope, options);
const prefer = (db: Sql, options: RunOptions) => preferFields(db, crm.scope, options);
const contract = (db: Sql, options: RunOptions, window = 0) => contractFields(db, crm.scope, { ...options, window });
const rollback = (to: Phase) => (db: Sql, options: RunOptions) => rollbackFields(db, crm.scope, { ...options, to });
const map =
  (pairs: Record<string, string>, remap = false) =>
  (db: Sql, options: RunOptions) => {
    const listed = Object.entries(pairs).map(([value, key]) => ({ value, key }));
    return mapValues(db, { registry: choiceRegistry, field: LEAD_INDUSTRY, tenant: crm.tenant('acme'), pairs: listed, remap }, options);
  };
const accept =
  (field = LEAD_INDUSTRY, slug = 'acme') =>
  (db: Sql, options: RunOptions) =>
    acceptValues(db, { field, tenant: crm.tenant(slug), values: UNMAPPED, reason: 'kept as they are' }, options);
const request = (db: Sql, options: RunOptions) => requestMigration(db, crm.scope, options);
const pause = (db: Sql, options: RunOptions) => pauseMigration(db, crm.scope, { ...options, reason: 'closing' });
const resume = (db: Sql, options: RunOptions) => resumeMigration(db, crm.scope, options);
const run = <Result>(command: Command<Result>) => command(crm.owner.sql, crm.run);

const listChanged = ({ fields }: { fields: readonly { changed: boolean }[] }) => fields.map(({ changed }) => changed);
const listUpdated = ({ fields }: MigrateResult) => fields.map(({ updated }) => updated);
const listMapped = ({ mapped }: MapResult) => mapped.flatMap(({ added, remapped }) => [added, remapped]);

/** Two tenants with strings of every kind, of fields that have come as far as the phase. */
async function begin(phase: Phase): Promise<void> {
  crm = await createTestCrm({ phase: 'legacy', fields: FIELDS, tenants: TENANTS });
  readOnly = openStatementLog(crm.database.ownerUrl, { default_transaction_read_only: 'on' });
  for (const field of FIELDS)
    for (const slug of TENANTS)
      for (const legacy of [...field.hardcoded.slice(0, 2).map(([key]) => key), ...UNMAPPED, 'telecom', '']) {
        const columns = insertColumns(field, crm.tenant(slug).id, { legacy });
        await crm.owner.pool.query(
          `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
          columns.map(([, value]) => value),
        );
      }
  for (const step of [() => run(expand), crm.populate, crm.migrate, crm.prefer, crm.contract].slice(0, PHASES.indexOf(phase))) await step();
}

/**
 * How many rows of each table were ever inserted, updated and deleted, by PostgreSQL's own count, which includes what was rolled
 * back. DDL is rows of the catalogs. Left out: what autovacuum writes, and the catalogs that all databases share.
 */
async function countWrites(): Promise<Record<string, string>> {
  const { pool } = crm.owner;
  // A session delivers its counts at most once a second, unless it is told to.
  const sessions = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  await Promise.all(sessions.map((session) => session.query('SELECT pg_stat_force_next_flush()')));
  for (const session of sessions) session.release();
  const { rows } = await pool.query<{ name: string; writes: string }>(
    `SELECT statistics.relname AS name, format('%s + %s + %s', n_tup_ins, n_tup_upd, n_tup_del) AS writes
     FROM pg_stat_all_tables AS statistics JOIN pg_class ON pg_class.oid = relid
     WHERE schemaname <> 'pg_toast' AND statistics.relname <> 'pg_statistic' AND NOT relisshared`,
  );
  return Object.fromEntries(rows.map(({ name, writes }) => [name, writes]));
}

/** `changesOf`: what changes by a result; what is false or 0 does not. */
async function prove<Result>(
  command: Command<Result>,
  changesOf: (result: Result) => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<void> {
  const dryRun = { ...crm.run, dryRun: true };
  const before = await countWrites();
  const predicted = await command(crm.owner.sql, dryRun);
  expect(await countWrites()).toEqual(before);
  expect(await command(readOnly.sql, dryRun)).toEqual(predicted);
  expect((await changesOf(predicted)).some(Boolean)).toBe(true);

  expect(await run(command)).toEqual(predicted);
  const after = await countWrites();
  expect(after).not.toEqual(before);

  const settled = await command(crm.owner.sql, dryRun);
  expect(await countWrites()).toEqual(after);
  expect((await changesOf(settled)).some(Boolean)).toBe(false);
  expect(await run(command)).toEqual(settled);
}

describe('a dry run writes nothing, says exactly what the run then does, and afterwards that nothing is left to do:', () => {
  test('expand', async () => {
    await begin('legacy');
    await prove(expand, listChanged);
  });

  test('expand, where part of it is gone or changed', async () => {
    await begin('migrated');
    await crm.owner.pool.query(`
      DROP TRIGGER zzz_sync_lead_industry_update ON lead;
      ALTER TABLE account DISABLE TRIGGER zzz_sync_account_industry_insert;
      ALTER TABLE account DROP COLUMN tier_id CASCADE;
      ALTER TABLE lead DROP CONSTRAINT lead_industry_id_fkey,
        ADD CONSTRAINT lead_industry_id_fkey FOREIGN KEY (tenant_id, industry_id) REFERENCES industry (tenant_id, id) ON DELETE CASCADE`);
    await prove(expand, listChanged);
  });

  test('populate, where a label and a key are taken', async () => {
    await begin('expanded');
    await crm.owner.pool.query(
      `INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'it', 'Technology', 1), ($1, 'gas', 'Gas', 2)`,
      [crm.tenant('acme').id],
    );
    await crm.owner.pool.query(
      `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'energy', id FROM industry WHERE key = 'gas'`,
    );
    await prove(populate, ({ fields, newTenants }) => [...newTenants, ...fields.map(({ choicesAdded }) => choicesAdded)]);
  });

  test('migrate, which leaves unmapped values', async () => {
    await begin('populated');
    await prove(migrate, listUpdated);
  });

  test('migrate, which ends at migrated', async () => {
    await begin('populated');
    for (const field of FIELDS) for (const slug of TENANTS) await run(accept(field, slug));
    await prove(migrate, listUpdated);
  });

  test('prefer', async () => {
    await begin('migrated');
    await prove(prefer, listChanged);
  });

  test('contract', async () => {
    await begin('preferred');
    await prove(contract, listChanged);
  });

  const ways = (['populated', 'preferred', 'contracted'] as const).flatMap((from) =>
    PHASES.slice(0, PHASES.indexOf(from)).map((to) => [from, to] as const),
  );
  test.each(ways)('rollback, from %s to %s', async (from, to) => {
    await begin(from);
    await prove(rollback(to), listChanged);
  });

  test('rollback of one tenant to expanded', async () => {
    await begin('populated');
    await prove(
      (db, options) => rollbackFields(db, { ...crm.scope, tenants: [crm.tenant('acme')] }, { ...options, to: 'expanded' }),
      listChanged,
    );
  });

  test.each(['populated', 'migrated', 'preferred', 'contracted'] as const)('map and map --remap, at %s', async (phase) => {
    await begin(phase);
    await prove(map({ telecom: 'tech' }), listMapped);
    await run(migrate);
    await prove(map({ telecom: 'finance', Mystery: 'finance' }, true), listMapped);
  });

  test('accept', async () => {
    await begin('populated');
    await prove(accept(), ({ accepted }) => accepted.map(({ added }) => added));
  });

  test('pause and resume', async () => {
    await begin('populated');
    await run(request);
    await prove(pause, ({ parts }) => [parts]);
    await prove(resume, ({ parts }) => [parts]);
  });

  test('pace', async () => {
    await begin('legacy');
    const pace: Pace = { batchSize: 7, rowsPerSecond: 1_000, maxLockWaitMs: 2, maxReplicationLagBytes: 5, maxWriteMs: 1 };
    await prove(
      (db, options) => setPace(db, pace, options),
      async (result) => [!isDeepStrictEqual(result, await readPace(crm.owner.sql))],
    );
  });
});

const cutOffRestore = async () => {
  const cutOff = rollbackFields(crm.owner.sql, crm.scope, {
    ...crm.run,
    to: 'preferred',
    onProgress: () => {
      throw new Error('cut off');
    },
  });
  await expect(cutOff).rejects.toThrow('cut off');
};

test.each<readonly [step: string, phase: Phase, command: Command<unknown>, code: string]>([
  ['populate', 'legacy', populate, 'NOT_EXPANDED'],
  ['map', 'legacy', map({ telecom: 'tech' }), 'NOT_EXPANDED'],
  ['migrate', 'expanded', migrate, 'NOT_POPULATED'],
  ['migrate', 'contracted', migrate, 'RESTORE_UNFINISHED'],
  ['prefer', 'populated', prefer, 'NOT_MIGRATED'],
  ['contract', 'preferred', (db, options) => contract(db, options, DAY), 'INSUFFICIENT_EVIDENCE'],
  ['rollback', 'populated', rollback('contracted'), 'PHASE_AHEAD'],
])('what keeps %s from running at %s keeps its dry run, and neither writes', async (_, phase, command, code) => {
  await begin(phase);
  if (code === 'RESTORE_UNFINISHED') await cutOffRestore();
  const before = await countWrites();
  const refusalOf = (dryRun: boolean) => command(crm.owner.sql, { ...crm.run, dryRun }).catch((error: unknown) => error);
  const predicted = await refusalOf(true);
  expect(predicted).toMatchObject({ blockers: expect.arrayContaining([expect.objectContaining({ code })]) });
  expect(await refusalOf(false)).toMatchObject({ blockers: (predicted as BlockedError).blockers });
  expect(await countWrites()).toEqual(before);
});
