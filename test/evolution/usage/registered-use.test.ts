import { beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { createCoordinateCollector } from '../../../src/evolution/usage/collect-coordinates.ts';
import { findDocumentAnalyser } from '../../../src/evolution/usage/analyse-document.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { readRegisteredUse } from '../../../src/evolution/usage/registered-use.ts';
import type { UsageRecorder } from '../../../src/evolution/usage/usage-recorder.ts';
import type { ApiVersion } from '../../../src/evolution/versions/api-versions.ts';
import { filterSchema } from '../../../src/evolution/versions/filter-schema.ts';
import { setLifecycle } from '../../../src/evolution/versions/member-lifecycle.ts';
import { useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const schema = buildSchema(/* GraphQL */ `
  type Query {
    node: Node
    lead(id: ID!): Lead
    leads(filter: LeadFilter = { region: "emea" }, orderBy: [LeadOrder!], first: Int): [Lead!]!
    search(where: Where!): [Lead!]!
    kind(order: Order = INDUSTRY): String
  }
  type Mutation {
    createLead(input: CreateLeadInput!): Lead
  }
  interface Node {
    id: ID!
    industry: String
  }
  type Lead implements Node {
    id: ID!
    industry: String
    industryRef: Industry
  }
  type Industry {
    key: String!
  }
  input LeadFilter {
    industry: String
    region: String
  }
  input Where {
    all: [Where!]
    lead: LeadFilter
  }
  input CreateLeadInput {
    industry: String
    company: String!
  }
  input LeadOrder {
    field: Order!
  }
  enum Order {
    INDUSTRY
    NAME
  }
`);
const version: ApiVersion = { name: '2026-11', month: '2026-11' };
/** When the window begins. */
const SINCE = '2020-01-01T12:00:00Z';
const register = (client: string, documents: Record<string, string>, clientVersion = '2') =>
  registerManifest(database.owner.sql, { client, clientVersion, text: JSON.stringify(documents) }, new Map([[version, schema]]));
const read = async (...coordinates: string[]) =>
  (await readRegisteredUse(database.owner.sql, schema, { coordinates, since: new Date(SINCE) })).map(
    ({ coordinate, client, clientVersion, operation, documentId, byVariable }) =>
      `${[coordinate, client, clientVersion, operation, documentId].join(' ')}${byVariable ? '?' : ''}`,
  );

describe('what clients registered', () => {
  beforeEach(async () => {
    await register('web', {
      a1: 'query Lead { lead(id: 1) { industry } }',
      a2: 'query Ref { lead(id: 1) { industryRef { key } } }',
      a3: 'query Filtered { leads(filter: { industry: "tech" }) { id } }',
    });
    await register('ios', {
      b1: 'query Any { node { ...Part } } fragment Part on Node { industry }',
      b2: 'query Sent($filter: LeadFilter) { leads(filter: $filter) { id } }',
    });
  });

  test('counts by exact coordinate, through fragments and interfaces', async () => {
    expect(await read('Lead.industry')).toEqual(['Lead.industry ios 2 Any b1', 'Lead.industry web 2 Lead a1']);
    expect(await read('Node.industry', 'LeadFilter.industry')).toEqual([
      'LeadFilter.industry ios 2 Sent b2?',
      'LeadFilter.industry web 2 Filtered a3',
      'Node.industry ios 2 Any b1',
    ]);
    expect(await read('Lead.industryRef', 'Industry')).toEqual(['Industry web 2 Ref a2', 'Lead.industryRef web 2 Ref a2']);
    expect(await read('Query.lead(id:)')).toHaveLength(2);
  });

  test('is not what a default of the schema brings in', async () => {
    await register('tv', { c1: 'query Kind { kind leads { id } }' });
    expect(await read('Order.INDUSTRY', 'Lead.indus')).toEqual([]);
    expect(await read('LeadFilter')).toEqual(['LeadFilter ios 2 Sent b2', 'LeadFilter web 2 Filtered a3']);
  });
});

test('a text is analysed once in each schema and version', () => {
  const body = '{ lead(id: 1) { industry } }';
  const analysis = findDocumentAnalyser(schema)(body);
  expect(findDocumentAnalyser(schema)(body)).toBe(analysis);
  expect(analysis.inVersion('2026-11')).toBe(analysis.inVersion('2026-11'));
  expect(findDocumentAnalyser(buildSchema('type Query { lead(id: ID!): Lead } type Lead { industry: String }'))(body)).not.toBe(analysis);
});

describe('a variable of a registered document', () => {
  test.each([
    ['of an input object type', 'mutation M($input: CreateLeadInput!) { createLead(input: $input) { id } }', ['CreateLeadInput.industry']],
    ['of a list', 'query Q($by: [LeadOrder!]) { leads(orderBy: $by) { id } }', ['Order', 'Order.INDUSTRY']],
    ['of an enum type', 'query Q($by: Order!) { leads(orderBy: { field: $by }) { id } }', ['Order.INDUSTRY']],
    ['of a type that leads to it, and back', 'query Q($w: Where!) { search(where: $w) { id } }', ['LeadFilter', 'LeadFilter.industry']],
    ['behind an input object that is written', 'query Q($f: LeadFilter) { search(where: { lead: $f }) { id } }', ['LeadFilter.industry']],
  ])('%s may use what its values can hold', async (_, body, expected) => {
    await register('web', { d1: body });
    const coordinates = ['CreateLeadInput.industry', 'LeadFilter', 'LeadFilter.industry', 'Order', 'Order.INDUSTRY', 'Lead.industry'];
    const possible = (await read(...coordinates)).filter((each) => each.endsWith('?')).map((each) => each.split(' ')[0]);
    expect(possible).toEqual(expected);
  });

  test('of a scalar type uses nothing, and neither does a literal that names another field', async () => {
    await register('web', {
      d1: 'query Q($first: Int, $region: String) { leads(first: $first, filter: { region: $region }) { id } }',
    });
    expect(await read('LeadFilter.industry', 'Lead.industry')).toEqual([]);
    await register('web', { d1: 'query Q($industry: String) { leads(filter: { industry: $industry }) { id } }' });
    expect(await read('LeadFilter.industry')).toEqual(['LeadFilter.industry web 2 Q d1']);
  });

  describe('is known by what was recorded', () => {
    const CREATE = 'mutation Create($input: CreateLeadInput!) { createLead(input: $input) { id } }';
    const collect = createCoordinateCollector(schema);
    const unknown = (owner = 'web 2 Create d1') => [`CreateLeadInput.industry ${owner}?`];
    let recorder: UsageRecorder;
    const execute = async (
      use: Parameters<typeof useOf>[1],
      variables: Record<string, unknown> = { input: { company: 'Acme' } },
      body = CREATE,
    ) => {
      const { explicit, defaulted } = collect(parse(body), undefined, variables);
      recorder.record(useOf(explicit, { client: 'web', clientVersion: '2', operation: 'Create', ...use }, defaulted));
      await recorder.flush();
    };
    beforeEach(async () => {
      recorder = await database.startRecorder();
      await register('web', { d1: CREATE });
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
    });

    test('where the client executed that very operation with such a value', async () => {
      await execute({});
      expect(await read('CreateLeadInput.industry')).toEqual([]);
    });

    test.each([
      ['another client', { client: 'ios' }],
      ['another version of the client', { clientVersion: '3' }],
      ['another operation', { operation: 'Update' }],
      ['a client that does not say its name', { client: '' }],
    ])('and not by %s', async (_, use) => {
      await execute(use);
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
    });

    test('and not by an execution before the window, or one without a value', async () => {
      await execute({}, {});
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
      await execute({});
      await database.query('UPDATE usage_hour SET hour = $1, last_seen = $1', ['2020-01-01T10:00:00Z']);
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
    });

    test.each([
      ['that says less', 'mutation Create($input: CreateLeadInput!) { createLead(input: $input) { __typename } }'],
      ['that says more', 'mutation Create($input: CreateLeadInput!) { createLead(input: $input) { id industryRef { key } } }'],
    ])('and not by another text of that name %s', async (_, body) => {
      await execute({}, undefined, body);
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
      await execute({});
      expect(await read('CreateLeadInput.industry')).toEqual([]);
    });

    test('and not on a version that is not served', async () => {
      await execute({ version: '2020-01' });
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
    });

    test('on a version in which fewer types answer it', async () => {
      const annotated = buildSchema(`
        type Query { node(where: Where): Node }
        interface Node { id: ID! }
        type Lead implements Node { id: ID! }
        type Account implements Node { id: ID! }
        input Where { industry: String region: String }`);
      setLifecycle(annotated.getType('Account')!, { introduced: '2026-11' });
      const NODE = 'query Node($where: Where) { node(where: $where) { id } }';
      const text = JSON.stringify({ d1: NODE });
      await registerManifest(database.owner.sql, { client: 'web', clientVersion: '2', text }, new Map([[version, annotated]]));
      const readNode = () => readRegisteredUse(database.owner.sql, annotated, { coordinates: ['Where.industry'], since: new Date(SINCE) });
      expect(await readNode()).toHaveLength(1);
      const january = filterSchema(annotated, { name: '2026-01', month: '2026-01' });
      expect(january.getType('Account')).toBeUndefined();
      const { explicit } = createCoordinateCollector(january)(parse(NODE), undefined, { where: { region: 'emea' } });
      recorder.record(useOf(explicit, { client: 'web', clientVersion: '2', operation: 'Node', version: '2026-01' }));
      await recorder.flush();
      expect(await readNode()).toEqual([]);
    });

    test('and not by what the document itself names', async () => {
      const both =
        'mutation Create($input: CreateLeadInput!) { a: createLead(input: $input) { id } b: createLead(input: { company: "B" }) { id } }';
      await register('web', { d1: both });
      await execute({}, {}, both);
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
    });

    describe('beside a default', () => {
      const FIND = 'query Find($f: LeadFilter = { region: "emea" }) { leads(filter: $f) { id } }';
      const find = (variables: Record<string, unknown>) => execute({ operation: 'Find' }, variables, FIND);
      const uncertain = ['LeadFilter.industry web 2 Find d1?'];
      beforeEach(() => register('web', { d1: FIND }));

      test('where the client sent a member that the default does not name', async () => {
        await find({ f: { industry: 'tech' } });
        expect(await read('LeadFilter.industry')).toEqual([]);
      });

      test('and not where it may be the default that is recorded', async () => {
        await find({});
        await find({ f: { region: 'apac' } });
        expect(await read('LeadFilter.industry')).toEqual(uncertain);
      });
    });

    test('of whatever version, where the manifest is of none', async () => {
      await register('tv', { d1: CREATE }, '');
      await execute({ client: 'tv', clientVersion: '9' });
      expect(await read('CreateLeadInput.industry')).toEqual(unknown());
    });

    test('and not where two documents of the client have the name, or it has none', async () => {
      await register('web', { d1: CREATE, d2: `${CREATE} # again` });
      await execute({});
      expect(await read('CreateLeadInput.industry')).toEqual([...unknown(), ...unknown('web 2 Create d2')]);
      await register('web', { d1: CREATE.replace('Create(', '(') });
      await execute({ operation: '' });
      expect(await read('CreateLeadInput.industry')).toEqual(unknown('web 2  d1'));
    });
  });
});
