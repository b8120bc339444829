import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { FIRST_ALIAS, UNKNOWN } from '../choice-samples.ts';
import { insertRecord, TEXT_COLUMN, updateRecord } from '../records.ts';
import { connect, createWriterDatabase, type WriterDatabase } from '../writers.ts';

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
  await database.owner.query(`SET application_name = 'billing'`);
});
afterAll(() => database.close());
beforeEach(() => database.owner.query('DELETE FROM choice_legacy_writer'));

const readWriters = async () =>
  (
    await database.owner.query<{ field: string; role: string; application: string }>(
      'SELECT field, role, application FROM choice_legacy_writer ORDER BY 1, 2, 3',
    )
  ).rows;

describe.each(choiceRegistry.fields)('a write of $coordinate', (field) => {
  const ownRecords = async () => (await readWriters()).filter((writer) => writer.field === field.coordinate);

  test('by the legacy column alone is recorded, once a minute', async () => {
    const { owner, tenantId } = database;
    const { id } = await insertRecord(owner, field, tenantId, { legacy: FIRST_ALIAS });
    const { rows } = await owner.query<{ role: string }>('SELECT session_user AS role');
    const seen = [{ field: field.coordinate, role: rows[0]!.role, application: 'billing' }];
    expect(await ownRecords()).toEqual(seen);
    await updateRecord(owner, field, id, { legacy: UNKNOWN });
    expect(await ownRecords()).toEqual(seen);
    await owner.query(`UPDATE choice_legacy_writer SET seen_at = now() - interval '61 seconds'`);
    await updateRecord(owner, field, id, { legacy: FIRST_ALIAS });
    expect(await ownRecords()).toEqual([...seen, ...seen]);
  });

  test('by the ref, by both, of another column or by nothing but a default is not', async () => {
    const { owner, tenantId } = database;
    const { first, second } = database.samples(field);
    const { id } = await insertRecord(owner, field, tenantId, { ref: first.id });
    await insertRecord(owner, field, tenantId, { ref: first.id, legacy: FIRST_ALIAS });
    if (!field.required || field.default !== null) await insertRecord(owner, field, tenantId, {});
    await updateRecord(owner, field, id, { ref: second.id });
    await updateRecord(owner, field, id, { ref: first.id, legacy: FIRST_ALIAS });
    await updateRecord(owner, field, id, { ref: null });
    await owner.query(`UPDATE ${field.table} SET ${TEXT_COLUMN[field.table]!} = 'x' WHERE id = $1`, [id]);
    expect(await ownRecords()).toEqual([]);
  });
});

test('who took another role is recorded by that role', async () => {
  const field = choiceRegistry.field('Lead.industry')!;
  const { id } = await insertRecord(database.owner, field, database.tenantId, { ref: database.samples(field).first.id });
  await updateRecord(database.as('the API’s role'), field, id, { legacy: UNKNOWN });
  expect(await readWriters()).toContainEqual({ field: 'Lead.industry', role: `${database.crm.database.name}_app`, application: '' });
});

test('two open transactions of one writer record themselves without one waiting for the other', async () => {
  const field = choiceRegistry.field('Account.industry')!;
  const insert = () => insertRecord(database.owner, field, database.tenantId, { ref: database.samples(field).first.id });
  const ids = [(await insert()).id, (await insert()).id];
  const clients = [];
  for (const id of ids) {
    const client = await connect(database.crm.database.ownerUrl, `SET application_name = 'twin'`, `SET lock_timeout = '1ms'`, 'BEGIN');
    expect(await updateRecord(client, field, id, { legacy: UNKNOWN })).toHaveLength(1);
    clients.push(client);
  }
  for (const client of clients) await client.query('COMMIT');
  expect((await readWriters()).filter(({ application }) => application === 'twin')).toHaveLength(2);
  for (const client of clients) await client.end();
});
