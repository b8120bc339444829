import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { from as copyFrom } from 'pg-copy-streams';
import type pg from 'pg';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { FIRST_ALIAS, UNKNOWN } from '../choice-samples.ts';
import { type ChoiceColumns, insertColumns, insertRecord, readRecord, type StoredColumns } from '../records.ts';
import { createWriterDatabase, WRITERS, type Writer, type WriterDatabase } from '../writers.ts';

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
});
afterAll(() => database.close());

const SEES_ALL: readonly Writer[] = ['the owner', 'a writer with BYPASSRLS'];
const BOUND: readonly Writer[] = ['the API’s role', 'a writer with a policy'];

describe.each(choiceRegistry.fields)('$coordinate', (field) => {
  describe.each(WRITERS)('an upsert by %s', (writer) => {
    const upsert = (legacyId: string, set: ChoiceColumns, ...updated: readonly string[]) =>
      upsertRecord(database.as(writer), field, legacyId, set, updated);

    test('of the legacy value brings its choice', async () => {
      const { second } = database.samples(field);
      const legacyId = await insertWithLegacyId(field, { legacy: FIRST_ALIAS });
      expect(await upsert(legacyId, { legacy: second.key }, field.legacyColumn)).toEqual({ legacy: second.key, ref: second.id });
      expect(await upsert(legacyId, { legacy: UNKNOWN }, field.legacyColumn)).toEqual({ legacy: UNKNOWN, ref: null });
    });

    test('of the ref brings its key', async () => {
      const { second } = database.samples(field);
      const legacyId = await insertWithLegacyId(field, { legacy: FIRST_ALIAS });
      expect(await upsert(legacyId, { ref: second.id }, field.refColumn)).toEqual({ legacy: second.key, ref: second.id });
    });

    test('of both, of which one is given, keeps them in step', async () => {
      const { first, second } = database.samples(field);
      const legacyId = await insertWithLegacyId(field, { legacy: UNKNOWN });
      expect(await upsert(legacyId, { legacy: FIRST_ALIAS }, field.legacyColumn, field.refColumn)).toEqual({
        legacy: FIRST_ALIAS,
        ref: first.id,
      });
      expect(await upsert(legacyId, { ref: second.id }, field.legacyColumn, field.refColumn)).toEqual({
        legacy: second.key,
        ref: second.id,
      });
    });
  });

  test.each(SEES_ALL)('COPY by %s brings choices and keys', async (writer) => {
    const { first, second } = database.samples(field);
    const stored = await copyRecords(database.as(writer), field, [
      { legacy: FIRST_ALIAS, ref: null },
      { legacy: UNKNOWN, ref: null },
      { legacy: '', ref: second.id },
      { legacy: first.key, ref: first.id },
    ]);
    expect(stored).toEqual([
      { legacy: FIRST_ALIAS, ref: first.id },
      { legacy: UNKNOWN, ref: null },
      { legacy: second.key, ref: second.id },
      { legacy: first.key, ref: first.id },
    ]);
  });

  test.each(SEES_ALL)('COPY by %s of a row whose columns disagree stores none of the rows', async (writer) => {
    const { first, second } = database.samples(field);
    const rows = [
      { legacy: FIRST_ALIAS, ref: null },
      { legacy: first.key, ref: second.id },
    ];
    await expect(copyRecords(database.as(writer), field, rows)).rejects.toMatchObject({ code: '23514' });
  });

  // PostgreSQL manual, COPY: it is not supported where row-level security applies.
  test.each(BOUND)('COPY by %s is refused', async (writer) => {
    await expect(copyRecords(database.as(writer), field, [{ legacy: FIRST_ALIAS, ref: null }])).rejects.toMatchObject({ code: '0A000' });
  });

  test('columns that another trigger changes are kept in step', async () => {
    const { first, second } = database.samples(field);
    const { owner } = database;
    await owner.query(`
      CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.legacy_id = 'to legacy' THEN NEW.${field.legacyColumn} := '${second.key}'; END IF;
        IF NEW.legacy_id = 'to ref' THEN NEW.${field.refColumn} := '${second.id}'; END IF;
        NEW.legacy_id := NULL;
        RETURN NEW;
      END $$;
      CREATE TRIGGER meddle BEFORE INSERT OR UPDATE ON ${field.table} FOR EACH ROW EXECUTE FUNCTION meddle()`);
    try {
      const given = { legacy: second.key, ref: second.id };
      for (const change of ['to legacy', 'to ref']) {
        const { id } = await insertRecord(owner, field, database.tenantId, { legacy: FIRST_ALIAS });
        await owner.query(`UPDATE ${field.table} SET legacy_id = $2 WHERE id = $1`, [id, change]);
        expect(await readRecord(owner, field, id)).toEqual(given);
      }
      const legacyId = { name: 'legacy_id', value: 'to legacy' };
      expect(await insertWith(field, { legacy: first.key }, legacyId)).toEqual(given);
      expect(await insertWith(field, { legacy: '' }, { ...legacyId, value: 'to ref' })).toEqual(given);
    } finally {
      await owner.query('DROP FUNCTION meddle() CASCADE');
    }
  });

  test('MERGE, as INSERT and as UPDATE, keeps them in step', async () => {
    const { first, second } = database.samples(field);
    const columns = insertColumns(field, database.tenantId, { legacy: second.key });
    const legacyId = await insertWithLegacyId(field, { legacy: FIRST_ALIAS });
    const merge = (wanted: string) =>
      database.owner.query(
        `MERGE INTO ${field.table} AS record USING (VALUES ($1, $2::uuid)) AS wanted (legacy_id, ref) ON record.tenant_id = '${database.tenantId}' AND record.legacy_id = wanted.legacy_id
         WHEN MATCHED THEN UPDATE SET ${field.refColumn} = wanted.ref
         WHEN NOT MATCHED THEN INSERT (legacy_id, ${columns.map(([name]) => name).join(', ')}) VALUES (wanted.legacy_id, ${columns.map(([, value]) => `'${value}'`).join(', ')})`,
        [wanted, first.id],
      );
    await database.owner.query(`UPDATE ${field.table} SET ${field.legacyColumn} = '${UNKNOWN}' WHERE legacy_id = $1`, [legacyId]);
    await merge(legacyId);
    await merge(`${legacyId} new`);
    expect(await readByLegacyId(field, legacyId)).toEqual({ legacy: first.key, ref: first.id });
    expect(await readByLegacyId(field, `${legacyId} new`)).toEqual({ legacy: second.key, ref: second.id });
  });
});

let count = 0;

async function insertWithLegacyId(field: ChoiceField, set: ChoiceColumns): Promise<string> {
  const legacyId = `record ${count++}`;
  await insertWith(field, set, { name: 'legacy_id', value: legacyId });
  return legacyId;
}

async function insertWith(
  field: ChoiceField,
  set: ChoiceColumns,
  { name, value }: { name: string; value: string },
): Promise<StoredColumns> {
  const columns = [...insertColumns(field, database.tenantId, set), [name, value]];
  const { rows } = await database.owner.query<StoredColumns>(
    `INSERT INTO ${field.table} (${columns.map(([column]) => column).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     RETURNING ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref`,
    columns.map(([, columnValue]) => columnValue),
  );
  return rows[0]!;
}

async function readByLegacyId(field: ChoiceField, legacyId: string): Promise<StoredColumns> {
  const { rows } = await database.owner.query<StoredColumns>(
    `SELECT ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref FROM ${field.table} WHERE legacy_id = $1`,
    [legacyId],
  );
  return rows[0]!;
}

async function upsertRecord(
  client: pg.Client,
  field: ChoiceField,
  legacyId: string,
  set: ChoiceColumns,
  updated: readonly string[],
): Promise<StoredColumns> {
  const columns = [...insertColumns(field, database.tenantId, set), ['legacy_id', legacyId]];
  const { rows } = await client.query<StoredColumns>(
    `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     ON CONFLICT (tenant_id, legacy_id) DO UPDATE SET ${updated.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}
     RETURNING ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref`,
    columns.map(([, value]) => value),
  );
  return rows[0]!;
}

/** Copies records in and reads them back in their order. */
async function copyRecords(client: pg.Client, field: ChoiceField, records: readonly StoredColumns[]): Promise<StoredColumns[]> {
  const tag = `copy ${count++}`;
  const lines = records.map(
    (record, index) => [...insertColumns(field, database.tenantId, record), ['legacy_id', `${tag} ${index}`]] as [string, string | null][],
  );
  const stream = client.query(copyFrom(`COPY ${field.table} (${lines[0]!.map(([name]) => name).join(', ')}) FROM STDIN`));
  const ended = once(stream, 'finish');
  stream.end(lines.map((line) => `${line.map(([, value]) => value ?? '\\N').join('\t')}\n`).join(''));
  await ended;
  const { rows } = await database.owner.query<StoredColumns>(
    `SELECT ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref FROM ${field.table} WHERE legacy_id LIKE $1 ORDER BY legacy_id`,
    [`${tag} %`],
  );
  return rows;
}
