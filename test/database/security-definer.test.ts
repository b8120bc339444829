import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { FIRST_ALIAS } from '../choice/choice-samples.ts';
import { insertRecord } from '../choice/records.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { createWriterDatabase, type WriterDatabase } from '../choice/writers.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let database: WriterDatabase;
let app: pg.Client;
beforeAll(async () => {
  database = await createWriterDatabase();
  app = database.as('the API’s role');
});
afterAll(() => database.close());

test('every SECURITY DEFINER function pins its search_path, with temporary objects last, and is executable by the owner alone', async () => {
  const { rows } = await database.owner.query<{ name: string; config: string[]; public: boolean }>(
    `SELECT proname AS name, proconfig AS config, has_function_privilege('public', oid, 'EXECUTE') AS public FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname`,
  );
  expect(rows.map(({ name }) => name)).toEqual(
    [
      'add_own_alias',
      'count_revision',
      'flatten_merges',
      'guard_choice_default',
      'guard_cleared_default',
      'guard_choice_rules',
      'guard_own_alias',
      'keep_active_choices',
      'limit_choices',
      'lock_choice_chain',
      'record_choice_change',
      'request_merge_run',
      ...choiceRegistry.fields.flatMap((field) => ['note', 'sync'].map((verb) => `${verb}_${field.table}_${field.legacyColumn}`)),
    ].sort(),
  );
  for (const row of rows)
    expect(row).toMatchObject({
      config: ['search_path=pg_catalog, pg_temp', ...(row.name === 'record_choice_change' ? ['TimeZone=UTC'] : [])],
      public: false,
    });
});

test.each([
  'sync_lead_industry',
  'note_lead_industry',
  'add_own_alias',
  'flatten_merges',
  'guard_own_alias',
  'guard_choice',
  'record_choice_change',
])('%s cannot be hung on a table of one’s own', async (name) => {
  await app.query(
    'CREATE TEMP TABLE IF NOT EXISTS own (tenant_id uuid, id uuid, key text, merged_into_id uuid, industry text, industry_id uuid)',
  );
  await expect(app.query(`CREATE TRIGGER own BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION public.${name}()`)).rejects.toMatchObject({
    code: '42501',
  });
});

test('tables, functions and operators that are named like ours lead nobody astray', async () => {
  const { superuserUrl, name } = database.crm.database;
  const { first } = database.samples(FIELD);
  // As on a database that was made before 15: everybody may create in public.
  await runAsSuperuser(superuserUrl, (client) => client.query(`GRANT CREATE ON SCHEMA public TO ${name}_app, ${name}_by_policy`));
  const writers = [app, database.as('a writer with a policy')];
  try {
    for (const [index, writer] of writers.entries()) {
      await writer.query(`
        CREATE TEMP TABLE industry (tenant_id uuid, id uuid, key text, merged_into_id uuid, deleted_at timestamptz);
        CREATE TEMP TABLE industry_alias (tenant_id uuid, legacy_value text, choice_id uuid);
        CREATE FUNCTION public.evil_equal_${index}(a varchar, b varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
        CREATE FUNCTION pg_temp.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$`);
      if (index === 0)
        await writer.query(`CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.evil_equal_0)`);
      await writer.query(`SET search_path = pg_temp, public, pg_catalog`);
      const { legacy, ref } = await insertRecord(writer, FIELD, database.tenantId, { legacy: FIRST_ALIAS });
      expect({ legacy, ref }).toEqual({ legacy: FIRST_ALIAS, ref: first.id });
      await expect(insertRecord(writer, FIELD, database.tenantId, { legacy: 'Mystery', ref: first.id })).rejects.toMatchObject({
        code: '23514',
      });
    }
    await app.query(
      `SET search_path = public; INSERT INTO public.industry (tenant_id, key, label, position) VALUES ('${database.tenantId}', 'space', 'Space', 9)`,
    );
    const { rows } = await database.owner.query(`SELECT FROM industry_alias WHERE legacy_value = 'space'`);
    expect(rows).toHaveLength(1);
  } finally {
    for (const writer of writers) await writer.query('RESET search_path; DISCARD TEMP');
  }
});
