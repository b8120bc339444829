import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { readFieldState } from '../../../src/choice/migrate/read-regime.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { Sql } from '../../../src/database/owner-database.ts';
import { failBefore } from '../failing-database.ts';
import { findFaults } from './find-faults.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';

/** More than any of the steps has. */
const MANY = 200;

let preferred: PreferredCrm;
afterAll(() => preferred.close());

const contract = (db: Sql) => contractFields(db, preferred.scope, { ...preferred.crm.run, window: 0 });
const rollback = (db: Sql) => rollbackFields(db, preferred.scope, { ...preferred.crm.run, to: 'preferred' });

// A field that needs no choice and has a default, and one that needs one and has none.
describe.each(['Account.tier', 'Lead.industry'])('%s', (coordinate) => {
  const field = choiceRegistry.field(coordinate)!;
  let strings: Map<string, string | null>;
  let rows: Map<string, string>;
  let columns: unknown[];
  beforeAll(async () => {
    await preferred?.close();
    preferred = await createPreferredCrm([field]);
    strings = await preferred.readStrings(field);
    rows = await preferred.hashRows(field.table);
    columns = await preferred.readColumns(field.table);
  });

  /** What servers answer is right, and the field is where the steps leave it. */
  const expectPreferred = async () => {
    expect(await preferred.readStrings(field)).toEqual(strings);
    expect(await preferred.hashRows(field.table)).toEqual(rows);
    expect(await preferred.readColumns(field.table)).toEqual(columns);
    expect(await findFaults(preferred.crm.owner.sql, field)).toEqual([]);
    expect(await readFieldState(preferred.crm.owner.sql, field)).toMatchObject({ phase: 'expanded', storage: 'column', regime: 'column' });
    expect((await preferred.client.query('SELECT FROM choice_archive')).rowCount).toBe(0);
  };
  const expectContracted = async () => {
    expect(await preferred.readStrings(field)).toEqual(strings);
    expect(await findFaults(preferred.crm.owner.sql, field)).toEqual([]);
    expect(await readFieldState(preferred.crm.owner.sql, field)).toMatchObject({
      phase: 'contracted',
      storage: 'archive',
      regime: 'archive',
    });
  };

  test('contract that is killed anywhere goes on, or is taken back; every string is there at every moment', async () => {
    const db = preferred.crm.owner.sql;
    let cuts = 0;
    for (let nth = 1; nth < MANY; nth++) {
      const failing = failBefore(db, nth);
      await contract(failing.db).catch(() => undefined);
      if (!failing.hasFailed()) break;
      cuts++;
      expect(await preferred.readStrings(field)).toEqual(strings);
      await rollback(db);
      await expectPreferred();
      await contract(failBefore(db, nth).db).catch(() => undefined);
      await contract(db);
      await expectContracted();
      await rollback(db);
      await expectPreferred();
    }
    expect(cuts).toBeGreaterThan(10);
    await rollback(db);
  });

  test('rollback that is killed anywhere goes on, or is taken back; every string is there at every moment', async () => {
    const db = preferred.crm.owner.sql;
    let cuts = 0;
    for (let nth = 1; nth < MANY; nth++) {
      await contract(db);
      const failing = failBefore(db, nth);
      await rollback(failing.db).catch(() => undefined);
      if (!failing.hasFailed()) break;
      cuts++;
      expect(await preferred.readStrings(field)).toEqual(strings);
      await contract(db);
      await expectContracted();
      await rollback(failBefore(db, nth).db).catch(() => undefined);
      await rollback(db);
      await expectPreferred();
    }
    expect(cuts).toBeGreaterThan(10);
    await expectPreferred();
  });
});
