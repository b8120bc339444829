import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { blankValue, keyExpression, legacyExpression, restoredExpression } from '../../../src/choice/derive/legacy-value.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { FIRST_ALIAS, UNKNOWN } from '../choice-samples.ts';
import { insertRecord } from '../records.ts';
import { createWriterDatabase, type WriterDatabase } from '../writers.ts';

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
});
afterAll(() => database.close());

describe.each(choiceRegistry.fields)('the string of $coordinate', (field) => {
  const read = async (expression: string, id: string) => {
    const { rows } = await sql<{ string: string | null }>`
      SELECT ${sql.raw(expression)} AS string FROM ${sql.table(field.table)} AS record WHERE id = ${id}`.execute(database.crm.owner.sql);
    return rows[0]!.string;
  };
  const archive = (id: string, string: string | null, ref: string | null) =>
    database.owner.query('INSERT INTO choice_archive VALUES ($1, $2, $3, $4, $5)', [database.tenantId, field.coordinate, id, string, ref]);

  test('is in the column while that is there', async () => {
    const { id } = await insertRecord(database.owner, field, database.tenantId, { legacy: FIRST_ALIAS });
    expect(await read(legacyExpression(field, 'column'), id)).toBe(FIRST_ALIAS);
  });

  test('is the key of the ref’s own choice without an archived one, and blank without a ref', async () => {
    const { first, merged } = database.samples(field);
    const { id } = await insertRecord(database.owner, field, database.tenantId, { ref: first.id });
    expect(await read(legacyExpression(field, 'archive'), id)).toBe(first.key);
    expect(await read(keyExpression(field, 'record.tenant_id', `'${merged.id}'::uuid`), id)).toBe('merged');
    const { id: blank } = await insertRecord(database.owner, field, database.tenantId, { legacy: UNKNOWN });
    expect(await read(restoredExpression(field), blank)).toBe(blankValue(field));
  });

  test('is the archived one, be it NULL, while the row has the ref that was archived with it', async () => {
    const { first, second } = database.samples(field);
    const { id } = await insertRecord(database.owner, field, database.tenantId, { ref: first.id });
    await archive(id, FIRST_ALIAS, first.id);
    expect(await read(restoredExpression(field), id)).toBe(FIRST_ALIAS);
    await database.owner.query('UPDATE choice_archive SET ref = $2 WHERE record_id = $1', [id, second.id]);
    expect(await read(restoredExpression(field), id)).toBe(first.key);
    const { id: unset } = await insertRecord(database.owner, field, database.tenantId, { legacy: '' });
    await archive(unset, null, null);
    expect(await read(restoredExpression(field), unset)).toBeNull();
  });
});
