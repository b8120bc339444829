import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { registerManifest, unregisterManifest } from '../../../src/evolution/usage/manifests.ts';
import { createDocumentFinder } from '../../../src/evolution/usage/persisted-documents.ts';
import { countStatements, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const schemas = new Map([[{ name: '2026-11', month: '2026-11' }, buildSchema('type Query { a: ID b: ID c: ID }')]]);
const A = 'query A { a }';
const B = 'query B { b }';
const C = 'query C { c }';
const WEB = { client: 'web', clientVersion: '1.0' };
const NOBODY = { client: '', clientVersion: '' };
const hash = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex');

const register = (documents: Record<string, string>, client = 'web', clientVersion = '1.0') =>
  registerManifest(database.owner.sql, { client, clientVersion, text: JSON.stringify(documents) }, schemas);
const found = (body: string) => ({ kind: 'found', body });
const unknown = (registersHashes = false) => ({ kind: 'unknown', registersHashes });
const AMBIGUOUS = { kind: 'ambiguous' };

describe('whose text an id stands for', () => {
  const ask = (id: string, client = '', clientVersion = '') => createDocumentFinder(database.owner.sql)(id, { client, clientVersion });

  test('is said by the client, then by its version', async () => {
    await register({ 1: A });
    await register({ 1: B }, 'web', '1.1');
    await register({ 1: C }, 'ios', '7');
    expect(await ask('1', 'web', '1.0')).toEqual(found(A));
    expect(await ask('1', 'web', '1.1')).toEqual(found(B));
    expect(await ask('1', 'ios', '7')).toEqual(found(C));
    // A version that registered nothing has what all of its client's agree on.
    expect(await ask('1', 'ios', '8')).toEqual(found(C));
    expect(await ask('1', 'ios')).toEqual(found(C));
    expect(await ask('1', 'web', '2.0')).toEqual(AMBIGUOUS);
    expect(await ask('1', 'web')).toEqual(AMBIGUOUS);
    expect(await ask('1')).toEqual(AMBIGUOUS);
    expect(await ask('1', 'tv')).toEqual(AMBIGUOUS);
  });

  test('is never another one than its own, for a client that registered its documents', async () => {
    await register({ 1: A });
    await register({ 2: B }, 'ios', '7');
    expect(await ask('2', 'web', '1.0')).toEqual(unknown());
    expect(await ask('2', 'web', '9')).toEqual(unknown());
    await register({ 3: C }, 'web', '1.1');
    expect(await ask('3', 'web', '1.0')).toEqual(unknown());
    expect(await ask('3', 'web', '9')).toEqual(found(C));
  });

  test('is the only one that there is, for whoever registered nothing or does not say who it is', async () => {
    await register({ 1: A });
    await register({ 1: A }, 'ios', '7');
    expect(await ask('1')).toEqual(found(A));
    expect(await ask('1', 'tv', '3')).toEqual(found(A));
  });

  test('is what is registered without a version, where the version has no other', async () => {
    await register({ 1: A, 2: B }, 'web', '');
    await register({ 1: C }, 'web', '1.0');
    expect(await ask('1', 'web', '1.0')).toEqual(found(C));
    expect(await ask('2', 'web', '1.0')).toEqual(found(B));
    expect(await ask('1', 'web', '2.0')).toEqual(found(A));
  });

  test('is the one that it is the hash of, whoever asks, and with or without the name of the algorithm', async () => {
    await register({ [hash(A)]: A, [`sha256:${hash(B)}`]: B, [hash(C, 'sha1')]: C });
    await register({ 1: A }, 'ios', '7');
    for (const [client, version] of [
      ['web', '1.0'],
      ['ios', '7'],
      ['tv', ''],
      ['', ''],
    ] as const) {
      for (const [id, text] of [
        [hash(A), A],
        [hash(B), B],
      ] as const)
        for (const form of [id, `sha256:${id}`]) expect(await ask(form, client, version)).toEqual(found(text));
      expect(await ask(hash(C, 'sha1'), client, version)).toEqual(found(C));
    }
  });

  test('is no hash because it looks like one', async () => {
    await register({ [hash(A)]: B });
    await register({ [hash(A)]: C }, 'ios', '7');
    expect(await ask(hash(A), 'web', '1.0')).toEqual(found(B));
    expect(await ask(hash(A), 'ios', '7')).toEqual(found(C));
    expect(await ask(hash(A))).toEqual(AMBIGUOUS);
  });

  test('is unknown, and then it is known whether the client registers by hash', async () => {
    expect(await ask('1')).toEqual(unknown(false));
    await register({ 1: A }, 'ios', '7');
    expect(await ask(hash(A))).toEqual(unknown(false));
    await register({ [hash(B)]: B });
    await register({ 1: A }, 'web', '1.1');
    expect(await ask(hash(A))).toEqual(unknown(true));
    expect(await ask(hash(A), 'web', '1.1')).toEqual(unknown(true));
    expect(await ask(hash(A), 'ios', '7')).toEqual(unknown(false));
    expect(await ask(hash(A), 'tv')).toEqual(unknown(false));
    for (const id of ['', 'a 1', 'a\0', 'ä', 'a'.repeat(201)]) expect(await ask(id, 'web', '1.0')).toEqual(unknown());
  });
});

describe('what is remembered', () => {
  test('is forgotten two seconds after somebody registered documents or took them back', async () => {
    let now = 0;
    const find = createDocumentFinder(database.owner.sql, () => now);
    expect(await find('a1', WEB)).toEqual(unknown());
    await register({ a1: A });
    now += 1_999;
    expect(await find('a1', WEB)).toEqual(unknown());
    now += 1;
    expect(await find('a1', WEB)).toEqual(found(A));
    await register({ a1: B });
    now += 2_000;
    expect(await find('a1', WEB)).toEqual(found(B));
    await register({ a1: C }, 'ios');
    now += 2_000;
    expect(await find('a1', { client: 'ios', clientVersion: '1.0' })).toEqual(found(C));
    await unregisterManifest(database.owner.sql, WEB);
    now += 2_000;
    expect(await find('a1', WEB)).toEqual(found(C));
  });

  test('costs one statement more in two seconds while nothing changes, whatever is known', async () => {
    await register({ a1: A });
    let now = 0;
    const { db, statements } = countStatements(database.owner.sql);
    const find = createDocumentFinder(db, () => now);
    expect(await Promise.all([find('a1', WEB), find('a1', NOBODY), find('a1', WEB)])).toEqual([found(A), found(A), found(A)]);
    await find('a1', WEB);
    await find('none', WEB);
    await find('none', WEB);
    expect(statements()).toBe(3);
    now += 2_000;
    await find('a1', WEB);
    await find('none', WEB);
    expect(statements()).toBe(4);
  });

  test('are 2000 ids, those that were asked for last', async () => {
    await register({ a1: A });
    const { db, statements } = countStatements(database.owner.sql);
    const find = createDocumentFinder(db, () => 0);
    await find('a1', WEB);
    for (let id = 0; id < 1_999; id += 1) await find(`none${id}`, WEB);
    await find('a1', WEB);
    expect(statements()).toBe(2_001);
    await find('none1999', WEB);
    await find('a1', WEB);
    expect(statements()).toBe(2_002);
    await find('none0', WEB);
    expect(statements()).toBe(2_003);
  });

  test('is not that a look failed', async () => {
    await register({ a1: A });
    const { db, failNext } = countStatements(database.owner.sql);
    const find = createDocumentFinder(db);
    failNext();
    const asked = [find('a1', WEB), find('a1', NOBODY)];
    await expect(asked[0]).rejects.toThrow('no answer');
    expect(await asked[1]).toEqual(found(A));
    expect(await find('a1', WEB)).toEqual(found(A));
  });
});

describe('a flood of ids that nobody registered', () => {
  const ids = Array.from({ length: 5_000 }, (_, index) => hash(`query { a${index} }`));

  test('asks the database one thing at a time', async () => {
    await register({ [hash(A)]: A });
    const { db, statements } = countStatements(database.owner.sql);
    const find = createDocumentFinder(db);
    const asked = await Promise.all([...ids, hash(A)].map((id) => find(id, WEB)));
    expect(asked.slice(0, -1).every(({ kind }) => kind === 'unknown')).toBe(true);
    expect(asked.at(-1)).toEqual(found(A));
    // Who registered, the first id, and all the others together.
    expect(statements()).toBe(3);
  });

  test('asks it nothing where nobody registers by hash', async () => {
    await register({ a1: A });
    const { db, statements } = countStatements(database.owner.sql);
    const find = createDocumentFinder(db, () => 0);
    for (const id of ids) expect(await find(id, WEB)).toEqual(unknown());
    expect(statements()).toBe(1);
  });
});
