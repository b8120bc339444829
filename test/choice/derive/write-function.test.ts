import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFunctionName } from '../../../src/choice/derive/write-function.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { FIRST_ALIAS, UNKNOWN } from '../choice-samples.ts';
import { insertRecord, readRecord } from '../records.ts';
import { changeRegimes, readAnswers } from '../regimes.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect, createWriterDatabase, type WriterDatabase } from '../writers.ts';

let database: WriterDatabase;
beforeAll(async () => {
  database = await createWriterDatabase();
});
afterAll(() => database.close());

describe.each(choiceRegistry.fields)('the write function of $coordinate', (field) => {
  const call = (client: Parameters<typeof readRecord>[0], tenantId: string, id: string, value: string | null) =>
    client.query(`SELECT ${writeFunctionName(field)}($1, $2, $3)`, [tenantId, id, value]);

  test.each(['window', 'archive'] as const)(
    'in the regime %s sets the string and the ref, and refuses what the column refused',
    async (regime) => {
      const { owner, tenantId, otherTenantId } = database;
      await owner.query('BEGIN');
      try {
        const { id } = await insertRecord(owner, field, tenantId, { legacy: UNKNOWN });
        const changer = changeRegimes(owner, field, database.crm.tenant('acme'));
        while (changer.regime !== regime) await changer.next();
        const answer = async () => (await readAnswers(owner, field, regime)).get(id);
        const { first } = database.samples(field);
        const write = async (value: string | null, tenant = tenantId) => {
          await owner.query('SAVEPOINT write');
          return call(owner, tenant, id, value).then(answer, async (error: { code: string }) => {
            await owner.query('ROLLBACK TO SAVEPOINT write');
            return error.code;
          });
        };
        expect(await write(FIRST_ALIAS)).toEqual({ string: FIRST_ALIAS, key: first.key });
        expect(await write(first.key)).toEqual({ string: first.key, key: first.key });
        expect(await write(UNKNOWN)).toEqual({ string: UNKNOWN, key: null });
        expect(await write('')).toEqual({ string: '', key: null });
        expect(await write(null)).toEqual(field.required ? '23502' : { string: null, key: null });
        expect(await write('x'.repeat(field.length + 1))).toBe('22001');
        // As a varchar does: spaces beyond its length are cut off.
        expect(await write('x'.padEnd(field.length + 5))).toEqual({ string: 'x'.padEnd(field.length), key: null });
        // Another tenant has no such record.
        expect(await write(first.key, otherTenantId)).toEqual({ string: 'x'.padEnd(field.length), key: null });
      } finally {
        await owner.query('ROLLBACK');
      }
    },
  );
});

describe('the write function of Lead.industry', () => {
  const field = choiceRegistry.field('Lead.industry')!;
  beforeAll(async () => {
    await changeRegimes(database.owner, field, database.crm.tenant('acme')).next();
  });

  test('writes with the caller’s rights: the API’s role writes its tenant’s records, and no others', async () => {
    const { owner, tenantId, otherTenantId } = database;
    const app = database.as('the API’s role');
    const own = await insertRecord(owner, field, tenantId, { legacy: UNKNOWN });
    const foreign = await insertRecord(owner, field, otherTenantId, { legacy: UNKNOWN });
    await app.query('SELECT write_lead_industry($1, $2, $3)', [tenantId, own.id, FIRST_ALIAS]);
    await app.query('SELECT write_lead_industry($1, $2, $3)', [otherTenantId, foreign.id, FIRST_ALIAS]);
    expect([await readRecord(owner, field, own.id), await readRecord(owner, field, foreign.id)]).toEqual([
      { legacy: FIRST_ALIAS, ref: database.samples(field).first.id },
      { legacy: UNKNOWN, ref: null },
    ]);
  });

  test('waits for whoever writes the record, and writes what it was asked to over what they left', async () => {
    const { owner, tenantId, crm } = database;
    const { first, second } = database.samples(field);
    const { id } = await insertRecord(owner, field, tenantId, { legacy: UNKNOWN });
    const other = await connect(crm.database.ownerUrl, 'BEGIN');
    await other.query('UPDATE lead SET industry_id = $2 WHERE id = $1', [id, second.id]);
    const third = await connect(crm.database.ownerUrl);
    const writing = third.query('SELECT write_lead_industry($1, $2, $3)', [tenantId, id, FIRST_ALIAS]);
    await waitUntilBlocked(owner, other);
    await other.query('COMMIT');
    await writing;
    expect(await readRecord(owner, field, id)).toEqual({ legacy: FIRST_ALIAS, ref: first.id });
    const { rows } = await owner.query('SELECT legacy_value, ref FROM choice_archive WHERE record_id = $1', [id]);
    expect(rows).toEqual([{ legacy_value: FIRST_ALIAS, ref: first.id }]);
    await other.end();
    await third.end();
  });
});
