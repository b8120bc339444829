import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { ConflictError, LimitExceededError } from '../../src/errors.ts';
import { translateDatabaseError } from '../../src/tenancy/database-errors.ts';
import { useServedCrm } from '../harness/served-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { choiceId, insertRecord } from './records.ts';

describe('under load and beside other writers', () => {
  const served = useServedCrm('populated');

  test('a record that another writer holds is a conflict to retry, and others are read meanwhile', async () => {
    const id = await insertRecord(served.crm, 'lead', {});
    const holder = new pg.Client({ connectionString: served.crm.database.ownerUrl });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('UPDATE lead SET company = company WHERE id = $1', [id]);
    const writes = Array.from({ length: 6 }, () =>
      served.api.send(`mutation { updateLead(id: "${id}", input: { company: "Mine" }) { lead { id } } }`),
    );
    await waitUntil('the writers wait', async () => {
      const { rows } = await served.crm.owner.pool.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows[0]!.count === writes.length;
    });
    expect((await served.api.send('{ leads(first: 1) { nodes { id } } }')).body.errors).toBeUndefined();
    for (const { body } of await Promise.all(writes))
      expect(body.errors).toMatchObject([{ extensions: { code: 'CONFLICT', retry: true } }]);
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await served.api.send(`mutation { updateLead(id: "${id}", input: { company: "Mine" }) { lead { company } } }`)).body).toEqual({
      data: { updateLead: { lead: { company: 'Mine' } } },
    });
    expect(served.api.log).toEqual([]);
  });

  test('an id in upper case is the same id', async () => {
    const id = await choiceId(served.crm, served.crm.scope.registry.field('Lead.industry')!, 'tech');
    const { body } = await served.api.send(`{ choiceOptions(field: LEAD_INDUSTRY, current: "${id.toUpperCase()}") { source } }`);
    expect(body).toEqual({ data: { choiceOptions: { source: 'DYNAMIC' } } });
  });

  test('what the database says of load and locks becomes a code that a client can act on', () => {
    const withCode = (code: string) => Object.assign(new Error('from the database'), { code });
    for (const code of ['55P03', '40P01', '23503']) expect(translateDatabaseError(withCode(code))).toBeInstanceOf(ConflictError);
    expect(translateDatabaseError(withCode('57014'))).toBeInstanceOf(LimitExceededError);
    expect(translateDatabaseError(new Error('outer', { cause: withCode('55P03') }))).toBeInstanceOf(ConflictError);
    expect(translateDatabaseError(new Error('timeout exceeded when trying to connect'))).toBeInstanceOf(LimitExceededError);
    const other = withCode('42P01');
    expect(translateDatabaseError(other)).toBe(other);
  });
});
