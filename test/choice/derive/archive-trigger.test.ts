import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { type ChoiceField, choiceField } from '../../../src/choice/choice-field.ts';
import { createChoiceRegistry } from '../../../src/choice/choice-registry.ts';
import { filledConstraintName } from '../../../src/choice/derive/columns.ts';
import { foreignKeyName } from '../../../src/choice/derive/foreign-key.ts';
import { deriveIndexes } from '../../../src/choice/derive/indexes.ts';
import { deriveObjects } from '../../../src/choice/derive/objects.ts';
import type { Regime } from '../../../src/choice/regime.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { FIRST_ALIAS, UNKNOWN } from '../choice-samples.ts';
import { insertColumns, TEXT_COLUMN } from '../records.ts';
import { changeRegimes, readAnswers, type RegimeChanger, writeString } from '../regimes.ts';
import { createWriterDatabase, WRITERS, type Writer, type WriterDatabase } from '../writers.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let database: WriterDatabase;
let client: pg.Client;
let changer: RegimeChanger;
beforeAll(async () => {
  database = await createWriterDatabase();
  client = database.owner;
});
afterAll(() => database.close());
// What a test changes, the structure included, is undone: the owner's transaction is where everybody writes.
beforeEach(() => client.query('BEGIN'));
afterEach(() => client.query('ROLLBACK'));

async function enter(field: ChoiceField, regime: Regime): Promise<void> {
  changer = changeRegimes(client, field, database.crm.tenant('acme'));
  while (changer.regime !== regime) await changer.next();
}

/** As another role, inside the owner's transaction. */
async function as<T>(writer: Writer, work: () => Promise<T>): Promise<T> {
  const role = {
    'the owner': undefined,
    'the API’s role': 'app',
    'a writer with BYPASSRLS': undefined,
    'a writer with a policy': undefined,
  }[writer];
  if (role === undefined) return work();
  await client.query(`SET LOCAL ROLE ${database.crm.database.name}_app; SET LOCAL choices.tenant_id = '${database.tenantId}'`);
  try {
    return await work();
  } finally {
    await client.query('RESET ROLE');
  }
}

async function insert(field: ChoiceField, set: { ref?: string; legacy?: string }): Promise<string> {
  const columns = insertColumns(field, database.tenantId, set);
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id`,
    columns.map(([, value]) => value),
  );
  return rows[0]!.id;
}

const answer = async (field: ChoiceField, id: string) => (await readAnswers(client, field, changer.regime)).get(id);
const readArchive = async () =>
  (await client.query<{ string: string | null; ref: string | null }>('SELECT legacy_value AS string, ref FROM choice_archive')).rows;
const setRef = (field: ChoiceField, id: string, ref: string | null) =>
  client.query(`UPDATE ${field.table} SET ${field.refColumn} = $2 WHERE id = $1`, [id, ref]);

describe.each(choiceRegistry.fields)('$coordinate', (field) => {
  const of = () => database.samples(field);

  describe.each(['window', 'archive'] as const)('in the regime %s', (regime) => {
    beforeEach(() => enter(field, regime));

    test('archives nothing that the key restores', async () => {
      const id = await insert(field, { ref: of().first.id });
      expect([await answer(field, id), await readArchive()]).toEqual([{ string: of().first.key, key: of().first.key }, []]);
    });

    test.each(WRITERS.slice(0, 2))('archives by %s what the key does not restore, and forgets it when the key does', async (writer) => {
      const id = await insert(field, { ref: of().second.id });
      const at = { tenantId: database.tenantId, id };
      await as(writer, () => writeString(client, field, regime, at, FIRST_ALIAS));
      expect([await answer(field, id), await readArchive()]).toEqual([
        { string: FIRST_ALIAS, key: of().first.key },
        [{ string: FIRST_ALIAS, ref: of().first.id }],
      ]);
      await as(writer, () => setRef(field, id, of().second.id));
      expect([await answer(field, id), await readArchive()]).toEqual([{ string: of().second.key, key: of().second.key }, []]);
      await as(writer, () => writeString(client, field, regime, at, UNKNOWN));
      expect([await answer(field, id), await readArchive()]).toEqual([{ string: UNKNOWN, key: null }, [{ string: UNKNOWN, ref: null }]]);
    });

    test('keeps the string of a row whose ref moves to the survivor', async () => {
      const id = await insert(field, { ref: of().first.id });
      await client.query(`UPDATE ${field.type.table} SET merged_into_id = $2 WHERE id = $1`, [of().first.id, of().second.id]);
      await setRef(field, id, of().second.id);
      expect([await answer(field, id), await readArchive()]).toEqual([
        { string: of().first.key, key: of().second.key },
        [{ string: of().first.key, ref: of().second.id }],
      ]);
    });

    test('a record that is deleted, or gets another id, leaves nothing behind', async () => {
      const id = await insert(field, { ref: of().second.id });
      await writeString(client, field, regime, { tenantId: database.tenantId, id }, FIRST_ALIAS);
      const moved = '00000000-0000-7000-8000-0000000000aa';
      await client.query(`UPDATE ${field.table} SET id = $2 WHERE id = $1`, [id, moved]);
      expect([await answer(field, moved), (await readArchive()).length]).toEqual([{ string: FIRST_ALIAS, key: of().first.key }, 1]);
      await client.query(`DELETE FROM ${field.table} WHERE id = $1`, [moved]);
      expect(await readArchive()).toEqual([]);
    });

    test('an update of another column calls no function', async () => {
      const id = await insert(field, { ref: of().first.id });
      for (const { name } of deriveObjects(field, regime).functions.filter(({ returns }) => returns === 'trigger'))
        await client.query(
          `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$`,
        );
      const { rowCount } = await client.query(`UPDATE ${field.table} SET ${TEXT_COLUMN[field.table]!} = 'x' WHERE id = $1`, [id]);
      expect(rowCount).toBe(1);
      await expect(setRef(field, id, of().second.id)).rejects.toThrow('called');
    });
  });

  describe('without its column', () => {
    beforeEach(() => enter(field, 'archive'));

    test('a row that names nothing gets what the default gave', async () => {
      if (field.required && field.default === null) {
        await expect(insert(field, {})).rejects.toMatchObject({ code: '23502', column: field.refColumn });
        return;
      }
      const id = await insert(field, {});
      expect(await answer(field, id)).toEqual({ string: field.default, key: field.default || null });
    });

    test('a default that was merged stays the string of new rows', async () => {
      const { preset, second } = of();
      if (!preset) return expect(field.default || null).toBeNull();
      await client.query(`UPDATE ${field.type.table} SET merged_into_id = $2 WHERE id = $1`, [preset.id, second.id]);
      const [named, unnamed] = [await insert(field, { ref: second.id }), await insert(field, {})];
      expect([await answer(field, named), await answer(field, unnamed)]).toEqual([
        { string: field.default, key: second.key },
        { string: field.default, key: second.key },
      ]);
    });

    test('a default whose choice was deleted is a string without a choice', async () => {
      const { preset } = of();
      if (!preset) return expect(field.default || null).toBeNull();
      await client.query(`UPDATE ${field.type.table} SET deleted_at = now() WHERE id = $1`, [preset.id]);
      expect(await answer(field, await insert(field, {}))).toEqual({ string: field.default, key: null });
    });

    test('a ref to a merged choice becomes its survivor, one to a deleted or to no choice is refused', async () => {
      const { merged, second, deleted } = of();
      const id = await insert(field, { ref: merged.id });
      expect(await answer(field, id)).toEqual({ string: second.key, key: second.key });
      await client.query('SAVEPOINT refused');
      await expect(setRef(field, id, deleted.id)).rejects.toMatchObject({ code: '23503', message: expect.stringContaining('was deleted') });
      await client.query('ROLLBACK TO SAVEPOINT refused');
      await expect(setRef(field, id, '00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: '23503' });
    });
  });
});

test('what another AFTER trigger does to the same row comes after its string was archived', async () => {
  const { first, second } = database.samples(FIELD);
  await enter(FIELD, 'archive');
  const id = await insert(FIELD, { ref: second.id });
  await writeString(client, FIELD, 'archive', { tenantId: database.tenantId, id }, FIRST_ALIAS);
  await client.query(`UPDATE industry SET merged_into_id = $2 WHERE id = $1`, [first.id, second.id]);
  await client.query(`
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE lead SET industry_id = NULL WHERE id = NEW.id; UPDATE lead SET industry_id = NEW.industry_id WHERE id = NEW.id; RETURN NULL; END $$;
    CREATE TRIGGER aab_touch AFTER UPDATE ON lead FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION touch()`);
  await setRef(FIELD, id, second.id);
  expect(await answer(FIELD, id)).toEqual({ string: second.key, key: second.key });
});

test('no derived name is longer than PostgreSQL keeps, for the longest names that the registry allows', () => {
  const names = { owner: 'A'.padEnd(18, 'a'), legacy: 'b'.padEnd(17, 'b') };
  const longest = choiceField({ ...FIELD, ...names });
  expect(() => createChoiceRegistry([longest])).not.toThrow();
  expect(() => createChoiceRegistry([choiceField({ ...FIELD, ...names, legacy: `${names.legacy}b` })])).toThrow(/PostgreSQL's 63/);
  const { functions, triggers } = deriveObjects(longest, 'window');
  const objects = [...functions, ...triggers, ...deriveIndexes(longest, 'column')].map(({ name }) => name);
  for (const name of [...objects, foreignKeyName(longest), filledConstraintName(longest)]) expect(name.length).toBeLessThanOrEqual(63);
});
