import { expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { listMembers } from '../../../src/evolution/versions/list-members.ts';
import { useRemovalWorld } from './removal-world.ts';

/** Names that begin and end with each other, and members of one name in several places: all of them deprecated. */
const MEMBERS = [
  'Lead',
  'Lead.industry',
  'Lead.industryRef',
  'Lead.industryRef(active:)',
  'Lead.industryRef(activeOnly:)',
  'LeadIndustry',
  'LeadIndustry.industry',
  'LeadFilter.industry',
  'LeadFilter.industryRef',
  'Query.lead(filter:)',
  'Order.INDUSTRY',
  'Order.INDUSTRY_REF',
];

const world = useRemovalWorld(async () => {
  const schema = buildSchema(`
    type Query { lead(filter: LeadFilter, order: Order): Lead  other: LeadIndustry }
    type Lead { id: ID  industry: String  industryRef(active: Boolean, activeOnly: Boolean): String }
    type LeadIndustry { id: ID  industry: String }
    input LeadFilter { id: ID  industry: String  industryRef: String }
    enum Order { ID  INDUSTRY  INDUSTRY_REF }
  `);
  annotateSchema(
    schema,
    MEMBERS.map((coordinate) => [coordinate, { deprecated: { since: '2026-11', sunset: '2027-07', replacement: 'id' } }]),
  );
  return schema;
});

test('the use of one member never keeps another one, and never lets another one go', async () => {
  const known = [...listMembers(world.schema)].map(({ coordinate }) => coordinate);
  expect(MEMBERS.filter((coordinate) => !known.includes(coordinate))).toEqual([]);
  await world.startRecorder(40);
  const judge = async () =>
    Object.fromEntries(
      (await world.ask({ coordinates: undefined, dataKey: async () => [] })).map(({ coordinate, verdict }) => [coordinate, verdict]),
    );
  const all = (verdict: string) => Object.fromEntries(MEMBERS.map((coordinate) => [coordinate, verdict]));
  expect(await judge()).toEqual(all('SAFE'));
  for (const coordinate of MEMBERS) {
    await world.execute('{ __typename }', { used: { explicit: [coordinate], defaulted: [] } });
    expect(await judge()).toEqual({ ...all('SAFE'), [coordinate]: 'IN_USE' });
    await world.query('TRUNCATE usage_hour');
    await world.execute('{ __typename }', { used: { explicit: MEMBERS.filter((other) => other !== coordinate), defaulted: [] } });
    expect(await judge()).toEqual({ ...all('IN_USE'), [coordinate]: 'SAFE' });
    await world.query('TRUNCATE usage_hour');
  }
});

test('Lead.industry unused never lets Lead.industryRef go, and the other way round, whatever was executed', async () => {
  await world.startRecorder(40);
  const judge = async () =>
    (await world.ask({ coordinates: ['Lead.industry', 'Lead.industryRef'], dataKey: async () => [] })).map(({ verdict }) => verdict);
  await world.execute('{ lead { industryRef } }');
  expect(await judge()).toEqual(['SAFE', 'IN_USE']);
  await world.query('TRUNCATE usage_hour');
  await world.execute('{ lead { industry } }');
  expect(await judge()).toEqual(['IN_USE', 'SAFE']);
});
