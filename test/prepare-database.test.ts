import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { choiceRegistry } from '../src/crm/choice-fields.ts';
import { migrations } from '../src/database/migrations/list.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../src/database/owner-database.ts';
import { checkMigrations, checkStructure, prepareEmbeddedDatabase } from '../src/prepare-database.ts';
import { dropLegacyColumns } from './harness/drop-legacy-columns.ts';
import { createTestCrm, type TestCrm } from './harness/test-crm.ts';
import { createEmptyDatabase, type TestDatabase } from './harness/test-database.ts';

describe('a real server’s database', () => {
  let crm: TestCrm;
  beforeEach(async () => {
    crm = await createTestCrm({ phase: 'populated' });
  });
  afterEach(() => crm.close());

  test('is what the server needs once it is migrated and expanded', async () => {
    await expect(checkMigrations(crm.owner)).resolves.toBeUndefined();
    await expect(checkStructure(crm.owner)).resolves.toBeUndefined();
  });

  test('is refused at phase legacy, with the command to run', async () => {
    await crm.owner.pool.query(`DELETE FROM choice_tenant_state; DELETE FROM choice_field_state WHERE field = 'Task.priority'`);
    await expect(checkStructure(crm.owner)).rejects.toThrow('These fields are at phase legacy: Task.priority. Run: choices expand');
  });

  test.each([
    ['DROP TRIGGER zzz_sync_lead_industry_update ON lead', 'trigger zzz_sync_lead_industry_update: missing'],
    ['ALTER TABLE lead DISABLE TRIGGER zzz_sync_lead_industry_insert', 'trigger zzz_sync_lead_industry_insert: disabled'],
    [
      `CREATE OR REPLACE FUNCTION sync_lead_industry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`,
      'function sync_lead_industry: changed',
    ],
    ['DROP INDEX lead_industry_id_page_idx', 'index lead_industry_id_page_idx: missing'],
    ['ALTER TABLE lead DROP CONSTRAINT lead_industry_id_fkey', 'constraint lead_industry_id_fkey: missing'],
  ])('is refused after %s, and the field, the object and the command are named', async (statement, problem) => {
    await crm.owner.pool.query(statement);
    await expect(checkStructure(crm.owner)).rejects.toThrow('The structure of these fields is not what the server needs: Lead.industry (');
    await expect(checkStructure(crm.owner)).rejects.toThrow(problem);
    await expect(checkStructure(crm.owner)).rejects.toThrow(/\. Run: choices expand$/);
  });

  test('is what the server needs with contracted fields, and refused where those lack a trigger of theirs', async () => {
    await dropLegacyColumns(crm);
    await expect(checkStructure(crm.owner)).resolves.toBeUndefined();
    await crm.owner.pool.query('DROP FUNCTION write_lead_industry');
    await expect(checkStructure(crm.owner)).rejects.toThrow('Lead.industry (function write_lead_industry: missing)');
  });
});

describe('the embedded database', () => {
  let database: TestDatabase;
  let owner: OwnerDatabase;
  beforeEach(async () => {
    database = await createEmptyDatabase();
    owner = openOwnerDatabase(database.ownerUrl);
  });
  afterEach(async () => {
    await owner.close();
    await database.drop();
  });

  const prepare = async () => {
    const steps: string[] = [];
    await prepareEmbeddedDatabase(
      owner,
      async () => void steps.push('load'),
      ({ step }) => steps.push(step),
    );
    return [...new Set(steps)];
  };

  test('is migrated, loaded and expanded, in this order, and the second time nothing is left to do', async () => {
    expect(await prepare()).toEqual(['load', 'expand']);
    await checkStructure(owner);
    expect(await prepare()).toEqual(['load']);
  });

  test('of an earlier version is brought up: its migrations, and whatever its fields lack', async () => {
    const [latest, ...earlier] = Object.entries(migrations).toReversed();
    await migrate(earlier.toReversed());
    for (const field of choiceRegistry.fields) {
      await owner.pool.query('INSERT INTO choice_field_state (field, phase) VALUES ($1, $2)', [field.coordinate, 'expanded']);
      await owner.pool.query(`ALTER TABLE ${field.table} ADD COLUMN ${field.refColumn} uuid`);
    }
    await expect(checkMigrations(owner)).rejects.toThrow(`The database lacks the migrations ${latest![0]}. Run: choices db up`);
    expect(await prepare()).toEqual(['load', 'expand']);
    await checkStructure(owner);
  });

  test('gets back what somebody took from it, and nothing else is touched', async () => {
    await prepare();
    const before = await readTriggers();
    await owner.pool.query('DROP TRIGGER zzz_sync_lead_industry_update ON lead');
    expect(await prepare()).toEqual(['load', 'expand']);
    const after = await readTriggers();
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    expect(after.filter(({ oid }) => !before.some((trigger) => trigger.oid === oid)).map(({ name }) => name)).toEqual([
      'zzz_sync_lead_industry_update',
    ]);
  });

  test('keeps its contracted fields contracted', async () => {
    await prepare();
    await dropLegacyColumns({ owner });
    expect(await prepare()).toEqual(['load']);
    const { rows } = await owner.pool.query(
      `SELECT FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'industry' AND NOT attisdropped`,
    );
    expect(rows).toEqual([]);
  });

  async function migrate(some: readonly (readonly [string, string])[]): Promise<void> {
    const { error } = await new Migrator({
      db: owner.sql,
      provider: {
        getMigrations: async () =>
          Object.fromEntries(
            some.map(([name, text]): [string, Migration] => [name, { up: async (db) => void (await sql.raw(text).execute(db)) }]),
          ),
      },
      migrationTableName: 'migration',
      migrationLockTableName: 'migration_lock',
    }).migrateToLatest();
    expect(error).toBeUndefined();
  }

  async function readTriggers(): Promise<{ oid: number; name: string }[]> {
    return (
      await owner.pool.query<{ oid: number; name: string }>(
        'SELECT oid, tgname AS name FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname',
      )
    ).rows;
  }
});
