import { beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { createCoordinateCollector } from '../../../src/evolution/usage/collect-coordinates.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { readRegisteredUse } from '../../../src/evolution/usage/registered-use.ts';
import { useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const schema = buildSchema(`
  type Query { node: Node lead(id: ID!): Lead }
  interface Node { id: ID! industry: String }
  type Lead implements Node { id: ID! industry: String }`);
const register = (client: string, documents: Record<string, string>, clientVersion = '2') =>
  registerManifest(
    database.owner.sql,
    { client, clientVersion, text: JSON.stringify(documents) },
    new Map([[{ name: '2026-11', month: '2026-11' }, schema]]),
  );

describe('a registered document is pinned', () => {
  const LEAD = 'query Lead { lead(id: 1) { industry } }';
  const pinned = { client: 'web', clientVersion: '2', operation: 'Lead', version: '2026-01', pinned: true };
  const collect = createCoordinateCollector(schema);
  const isPinned = async () => {
    const uses = await readRegisteredUse(database.owner.sql, schema, {
      coordinates: ['Lead.industry'],
      since: new Date('2020-01-01T12:00:00Z'),
    });
    return uses.map((use) => use.pinned);
  };
  let execute: (use: object, body?: string) => Promise<void>;
  beforeEach(async () => {
    const recorder = await database.startRecorder();
    execute = async (use, body = LEAD) => {
      recorder.record(useOf(collect(parse(body), undefined, {}).explicit, { ...pinned, ...use }));
      await recorder.flush();
    };
    await register('web', { d1: LEAD });
  });

  test('where the client executed it, and only on the path of a version', async () => {
    expect(await isPinned()).toEqual([false]);
    await execute({});
    expect(await isPinned()).toEqual([true]);
    await execute({ version: '2026-11' });
    expect(await isPinned()).toEqual([true]);
    await execute({ version: '2026-11', pinned: false });
    expect(await isPinned()).toEqual([false]);
  });

  test.each([
    ['another text of its name', {}, 'query Lead { lead(id: 1) { id industry } }'],
    ['one that says less of it', {}, 'query Lead { lead(id: 1) { industry } }'.replace('lead(id: 1)', 'node')],
    ['another client', { client: 'ios' }, LEAD],
    ['another version of the client', { clientVersion: '3' }, LEAD],
    ['another operation', { operation: 'Leads' }, LEAD],
    ['a version that is not served', { version: '2020-01' }, LEAD],
  ])('and not by %s', async (_, use, body) => {
    await execute(use, body);
    expect(await isPinned()).toEqual([false]);
  });

  test('and not under a name that two documents of the client have, in one manifest or in one of all versions', async () => {
    await register('web', { d1: LEAD, d2: `${LEAD} # again` });
    await execute({});
    expect(await isPinned()).toEqual([false, false]);
    await register('web', { d1: LEAD });
    await register('web', { d1: `${LEAD} # of all versions` }, '');
    expect(await isPinned()).toEqual([false, false]);
    await register('web', { d1: LEAD }, '');
    expect(await isPinned()).toEqual([true, true]);
    await register('web', { d1: `${LEAD} # of the next one` }, '3');
    expect(await isPinned()).toEqual([false, true, false]);
  });
});
