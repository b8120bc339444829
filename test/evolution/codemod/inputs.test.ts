import { describe, expect, test } from '@jest/globals';
import { rewriteDocument } from '../../../src/evolution/codemod/rewrite-project.ts';
import { crmContext } from './crm-context.ts';
import { checkFixture, type Fixture } from './fixture.ts';

const created = 'firstName: "A", lastName: "B", email: "a@b.c", company: "D"';

const fixtures: readonly Fixture[] = [
  {
    name: 'a literal in an input object',
    before: `mutation { createLead(input: { ${created}, industry: "tech", leadSource: "web" }) { lead { id } } }`,
    after: `mutation { createLead(input: { ${created}, industryRef: { key: "tech" }, leadSourceRef: { key: "web" } }) { lead { id } } }`,
  },
  {
    name: 'input and answer of one operation',
    before: 'mutation { updateLead(id: 1, input: { status: "new" }) { lead { status } } }',
    after: 'mutation { updateLead(id: 1, input: { statusRef: { key: "new" } }) { lead { statusRef { key } } } }',
  },
  {
    name: 'null, which clears',
    before: 'mutation { updateAccount(id: 1, input: { tier: null }) { account { id } } }',
    after: 'mutation { updateAccount(id: 1, input: { tierRef: null }) { account { id } } }',
  },
  {
    name: 'the empty string, which the new input cannot say',
    before: 'mutation {\n  updateLead(id: 1, input: { marketingChannel: "" }) { lead { marketingChannel } }\n}\n',
    problems: ['2:30 the empty string has no counterpart in marketingChannelRef.key'],
  },
  {
    name: 'a string that may be an alias',
    before: 'mutation { updateLead(id: 1, input: { industry: "telecom", version: 1 }) { lead { id } } }',
    problems: ['1:39 "telecom" is not among the values known for UpdateLeadInput.industry: industryRef.key may not take it'],
  },
  {
    name: 'both members',
    before: 'mutation { updateLead(id: 1, input: { industry: "tech", industryRef: { key: "tech" } }) { lead { id } } }',
    problems: ['1:39 industryRef is given beside industry: only one of them can stay'],
  },
  {
    name: 'a block string',
    before: 'mutation { updateLead(id: 1, input: { industry: """tech""" }) { lead { id } } }',
    after: 'mutation { updateLead(id: 1, input: { industryRef: { key: """tech""" } }) { lead { id } } }',
  },
  {
    name: 'a block string over lines',
    before: 'mutation { updateLead(id: 1, input: { industry: """\n    tech\n  """ }) { lead { id } } }',
    after: 'mutation { updateLead(id: 1, input: { industryRef: { key: """\n    tech\n  """ } }) { lead { id } } }',
  },
  {
    name: 'a string with escapes',
    before: 'mutation { updateLead(id: 1, input: { industry: "t\\u0065ch" }) { lead { id } } }',
    after: 'mutation { updateLead(id: 1, input: { industryRef: { key: "t\\u0065ch" } }) { lead { id } } }',
  },
  {
    name: 'comments and commas in an input object',
    before:
      'mutation {\n  updateLead(id: 1, input: {\n    industry # old\n    : # value\n      "tech", # done\n    version: 2,,\n  }) { lead { id } }\n}',
    after:
      'mutation {\n  updateLead(id: 1, input: {\n    industryRef # old\n    : # value\n      { key: "tech" }, # done\n    version: 2,,\n  }) { lead { id } }\n}',
  },
  {
    name: 'a literal without spaces',
    before: 'mutation{updateLead(id:1,input:{industry:"tech"status:"new"}){lead{id}}}',
    after: 'mutation{updateLead(id:1,input:{industryRef:{ key: "tech" }statusRef:{ key: "new" }}){lead{id}}}',
  },
  {
    name: 'a variable that is never null',
    before: 'mutation ($id: ID!, $industry: String!) { updateLead(id: $id, input: { industry: $industry }) { lead { id } } }',
    after: 'mutation ($id: ID!, $industry: String!) { updateLead(id: $id, input: { industryRef: { key: $industry } }) { lead { id } } }',
  },
  {
    name: 'a nullable variable',
    before: 'mutation ($industry: String) { updateLead(id: 1, input: { industry: $industry }) { lead { id } } }',
    problems: ['1:59 $industry is nullable (String), which industryRef.key is not: declare it String!, or pass the whole industryRef'],
  },
  {
    name: 'a nullable variable with a default, which may be null all the same',
    before: 'query ($industry: String = "tech") { leads(filter: { industry: $industry }) { nodes { id } } }',
    problems: ['1:54 $industry is nullable (String)'],
  },
  {
    name: 'a variable with a default',
    before: 'query ($s: String! = "tech") { leads(filter: { industry: $s }) { totalCount } }',
    after: 'query ($s: String! = "tech") { leads(filter: { industryRef: { key: [$s] } }) { totalCount } }',
  },
  {
    name: 'a default that may be an alias, or is the empty string',
    before:
      'query A($s: String! = "telecom") { leads(filter: { industry: $s }) { totalCount } }\nquery B($s: String! = "") { leads(filter: { industry: $s }) { totalCount } }',
    problems: ['1:52 "telecom" is not among the values known for LeadFilter.industry', '2:45 the empty string has no counterpart'],
  },
  {
    name: 'a variable for members of several inputs',
    before:
      'query ($s: String!) { leads(filter: { industry: $s, search: $s }) { totalCount } accounts(filter: { industry: $s }) { totalCount } }',
    after:
      'query ($s: String!) { leads(filter: { industryRef: { key: [$s] }, search: $s }) { totalCount } accounts(filter: { industryRef: { key: [$s] } }) { totalCount } }',
  },
  {
    name: 'a filter',
    before: '{ leads(first: 3, filter: { industry: "tech", search: "x" }) { totalCount } }',
    after: '{ leads(first: 3, filter: { industryRef: { key: ["tech"] }, search: "x" }) { totalCount } }',
  },
  {
    name: 'a filter by a variable',
    before: 'query ($s: String!) { tasks(filter: { status: $s }) { totalCount } }',
    after: 'query ($s: String!) { tasks(filter: { statusRef: { key: [$s] } }) { totalCount } }',
  },
  {
    name: 'a filter of null, which sets no condition in either member',
    before: '{ leads(filter: { industry: null }) { totalCount } }',
    after: '{ leads(filter: { industryRef: null }) { totalCount } }',
  },
  {
    name: 'a filter for the empty string',
    before: '{ leads(filter: { marketingChannel: "" }) { totalCount } }',
    problems: ['1:19 the empty string has no counterpart'],
  },
  {
    name: 'the default of a variable',
    before: 'query ($filter: LeadFilter = { industry: "tech" }) { leads(filter: $filter) { totalCount } }',
    after: 'query ($filter: LeadFilter = { industryRef: { key: ["tech"] } }) { leads(filter: $filter) { totalCount } }',
  },
  {
    name: 'a whole input as a variable',
    before: 'mutation ($input: CreateLeadInput!) { createLead(input: $input) { lead { id } } }',
  },
  {
    name: 'a variable in an argument of a fragment, never null wherever the fragment is spread',
    before:
      'query A($s: String!) { ...F }\nquery B($s: String!, $n: Int) { ...F leads(first: $n) { totalCount } }\nfragment F on Query { tasks(filter: { status: $s }) { totalCount } }',
    after:
      'query A($s: String!) { ...F }\nquery B($s: String!, $n: Int) { ...F leads(first: $n) { totalCount } }\nfragment F on Query { tasks(filter: { statusRef: { key: [$s] } }) { totalCount } }',
  },
  {
    name: 'a variable in an argument of a fragment, nullable in one operation',
    before:
      'query A($s: String!) { ...F }\nquery B($s: String) { ...F }\nfragment F on Query { tasks(filter: { status: $s }) { totalCount } }',
    problems: ['3:39 $s is nullable (String)'],
  },
  {
    name: 'a variable in a fragment that no operation spreads',
    before: 'fragment F on Query { tasks(filter: { status: $s }) { totalCount } }',
    problems: ['1:39 no operation is known that spreads this fragment, so that the type of $s is not'],
  },
  {
    name: 'one that cannot be rewritten leaves the whole operation, not the others',
    before: 'query A($s: String) { tasks(filter: { status: $s }) { nodes { status } } }\nquery B { tasks { nodes { status } } }',
    after: 'query A($s: String) { tasks(filter: { status: $s }) { nodes { status } } }\nquery B { tasks { nodes { statusRef { key } } } }',
    problems: ['1:39 $s is nullable (String)'],
  },
];

describe('inputs', () => {
  test.each(fixtures)('$name', (fixture) => checkFixture(fixture, 'x.graphql', crmContext));
});

describe('a filter that finds more', () => {
  test('is noted where it stands, but for null, which sets no condition', () => {
    const { edits } = rewriteDocument(
      'query ($s: String!) {\n  leads(filter: { industry: "tech", status: null }) { nodes { industry } }\n  tasks(filter: { status: $s }) { totalCount }\n}',
      crmContext,
    );
    const note = 'also finds aliases of the key, and choices merged into it';
    expect(edits.map(({ coordinate, line, note: noted }) => ({ coordinate, line, noted }))).toEqual([
      { coordinate: 'LeadFilter.industry', line: 2, noted: note },
      { coordinate: 'LeadFilter.status', line: 2, noted: undefined },
      { coordinate: 'Lead.industry', line: 2, noted: undefined },
      {
        coordinate: 'TaskFilter.status',
        line: 3,
        noted: `finds nothing by a value that is no key, such as an alias, and ${note}`,
      },
    ]);
  });
});

test('a variable that is written is noted: nobody knows whether it holds keys', () => {
  const { edits } = rewriteDocument(
    'mutation ($s: String!) { updateLead(id: 1, input: { industry: $s, status: "new" }) { lead { id } } }',
    crmContext,
  );
  expect(edits.map(({ coordinate, note }) => ({ coordinate, note }))).toEqual([
    { coordinate: 'UpdateLeadInput.industry', note: 'refuses a value that is no key, such as an alias' },
    { coordinate: 'UpdateLeadInput.status', note: undefined },
  ]);
});

describe('what changes for callers', () => {
  test('is told of answers, of members of whole inputs, and of variables that have to be keys', () => {
    const { definitions } = rewriteDocument(
      `mutation Create($input: CreateTaskInput!, $s: String!) {
        createTask(input: $input) { task { kind: taskType } }
        updateLead(id: 1, input: { industry: $s }) { lead { id } }
      }
      query Stays { viewer { subject } }
      fragment F on Lead { industry industryRef { label } }`,
      crmContext,
    );
    expect(definitions).toEqual([
      {
        kind: 'mutation',
        name: 'Create',
        line: 1,
        column: 1,
        responses: [{ coordinate: 'Task.taskType', before: ['createTask', 'task', 'kind'], after: ['createTask', 'task', 'kind', 'key'] }],
        variables: [
          { coordinate: 'CreateTaskInput.priority', variable: 'input', kind: 'shape', path: ['priority'] },
          { coordinate: 'CreateTaskInput.status', variable: 'input', kind: 'shape', path: ['status'] },
          { coordinate: 'CreateTaskInput.taskType', variable: 'input', kind: 'shape', path: ['taskType'] },
          { coordinate: 'UpdateLeadInput.industry', variable: 's', kind: 'value', path: [] },
        ],
      },
      {
        kind: 'fragment',
        name: 'F',
        line: 6,
        column: 7,
        responses: [{ coordinate: 'Lead.industry', before: ['industry'], after: ['industryRef', 'key'] }],
        variables: [],
      },
    ]);
  });

  test('is told of whole inputs where nothing is rewritten, but of no variable that stays what it was', () => {
    const source =
      'query ($filter: LeadFilter, $s: String) { leads(filter: $filter) { totalCount } tasks(filter: { status: $s }) { totalCount } }';
    const { text, definitions } = rewriteDocument(source, crmContext);
    expect(text).toBe(source);
    expect(definitions.flatMap(({ variables }) => variables.map(({ variable, path }) => [variable, ...path]))).toEqual([
      ['filter', 'industry'],
      ['filter', 'leadSource'],
      ['filter', 'marketingChannel'],
      ['filter', 'status'],
    ]);
  });
});
