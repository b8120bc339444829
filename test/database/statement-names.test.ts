import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { crmRecords } from '../../src/crm/crm-records.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/database/api-database.ts';
import { createStatementNames } from '../../src/database/statement-names.ts';
import { openReadSnapshot } from '../../src/tenancy/read-snapshot.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

describe('a statement has a name', () => {
  test('from the third time on, which is another one for another text', () => {
    const names = createStatementNames();
    expect(Array.from({ length: 5 }, () => names.find('a'))).toEqual([undefined, undefined, 'often_1', 'often_1', 'often_1']);
    expect(Array.from({ length: 4 }, () => names.find('b'))).toEqual([undefined, undefined, 'often_2', 'often_2']);
    expect(names.find('a')).toBe('often_1');
  });

  test('that was never used for another structure', () => {
    const names = createStatementNames();
    for (let n = 0; n < 3; n++) names.find('a');
    names.renew(2);
    expect(Array.from({ length: 3 }, () => names.find('a'))).toEqual([undefined, undefined, 'often_2']);
  });

  test('unless there are 500 already', () => {
    const names = createStatementNames();
    const found = Array.from({ length: 600 }, (_, n) => Array.from({ length: 3 }, () => names.find(`text ${n}`))[2]);
    expect(new Set(found)).toEqual(new Set([...Array.from({ length: 500 }, (_, n) => `often_${n + 1}`), undefined]));
    expect(names.find('text 499')).toBe('often_500');
  });
});

describe('what is read often', () => {
  let database: TestDatabase;
  let owner: pg.Pool;
  let api: ApiDatabase;
  let pooled: ApiDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    owner = new pg.Pool({ connectionString: database.ownerUrl });
    const entities = crmRecords.map((record) => record.entity);
    api = await openApiDatabase(database.ownerUrl, entities);
    pooled = await openApiDatabase(database.ownerUrl, entities, { prepares: false });
  });
  afterAll(async () => {
    await api.close();
    await pooled.close();
    await owner.end();
    await database.drop();
  });

  let structure = 1;
  const read = async (from: ApiDatabase, statement: ReturnType<typeof sql>) => {
    const snapshot = openReadSnapshot(from, { settings: {}, stamp: { text: 'SELECT 1', values: [] } }, () => structure);
    try {
      return await snapshot.read(statement);
    } finally {
      await snapshot.end();
    }
  };
  const PREPARED = sql`SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement LIKE 'SELECT n %'`;

  test.each([
    ['is prepared', () => api, 1],
    ['is not prepared where connections lead to a pooler', () => pooled, 0],
  ])('%s', async (_what, from, expected) => {
    for (let n = 0; n < 5; n++) expect(await read(from(), sql`SELECT n FROM generate_series(1, ${2}) AS n`)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await read(from(), PREPARED)).toEqual([{ n: expected }]);
  });

  test.each([
    ['is prepared', () => api, 1],
    ['is not prepared where connections lead to a pooler', () => pooled, 0],
  ])('within a transaction that writes, too: %s', async (_what, from, expected) => {
    const prepared = await from().orm.em.transactional(async (em) => {
      const db = em.getKysely<unknown>();
      for (let n = 0; n < 5; n++) {
        const { rows } = await sql`SELECT m FROM generate_series(1, ${2}) AS m`.execute(db);
        expect(rows).toEqual([{ m: 1 }, { m: 2 }]);
      }
      const { rows } = await sql`SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement LIKE 'SELECT m %'`.execute(db);
      return rows;
    });
    expect(prepared).toEqual([{ n: expected }]);
  });

  test('is answered where a column came back as another, once the structure is said to be another', async () => {
    await owner.query('CREATE TABLE kept (value varchar(5)); INSERT INTO kept VALUES (1)');
    const select = sql`SELECT value FROM kept`;
    for (let n = 0; n < 5; n++) expect(await read(api, select)).toEqual([{ value: '1' }]);
    await owner.query('ALTER TABLE kept DROP COLUMN value; ALTER TABLE kept ADD COLUMN value int DEFAULT 2');
    await expect(read(api, select)).rejects.toThrow('cached plan must not change result type');
    structure = 2;
    for (let n = 0; n < 5; n++) expect(await read(api, select)).toEqual([{ value: 2 }]);
  });

  test('is answered where other columns come and go', async () => {
    await owner.query('CREATE TABLE changing (a int DEFAULT 1, b int); INSERT INTO changing VALUES (1, 2)');
    for (const change of [
      'SELECT 1',
      'ALTER TABLE changing ADD COLUMN c text',
      'ALTER TABLE changing DROP COLUMN b',
      'CREATE INDEX ON changing (a)',
    ]) {
      await owner.query(change);
      for (let n = 0; n < 4; n++) expect(await read(api, sql`SELECT a FROM changing WHERE a = ${1}`)).toEqual([{ a: 1 }]);
    }
  });
});
