import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { rewriteDocument, rewriteFile } from '../../../src/evolution/codemod/rewrite-project.ts';
import type { RewriteContext } from '../../../src/evolution/codemod/rewrite-result.ts';
import { UsageError } from '../../../src/errors.ts';
import { crmContext } from './crm-context.ts';
import { checkFixture, type Fixture } from './fixture.ts';

const fixtures: readonly Fixture[] = [
  {
    name: 'a byte order mark',
    before: '\uFEFF{ lead(id: 1) { industry } }',
    after: '\uFEFF{ lead(id: 1) { industryRef { key } } }',
  },
  {
    name: 'line ends of Windows',
    before: '{\r\n  lead(id: 1) {\r\n    industry # x\r\n    industryRef {\r\n      label\r\n    }\r\n    status\r\n  }\r\n}\r\n',
    after:
      '{\r\n  lead(id: 1) {\r\n    # x\r\n    industryRef {\r\n      key\r\n      label\r\n    }\r\n    statusRef { key }\r\n  }\r\n}\r\n',
  },
  {
    name: 'characters beyond the first plane before an edit',
    before: '# 🚀 é\n{ leads(filter: { search: "🚀 \\u{1F680}", industry: "tech" }) { nodes { industry } } }',
    after: '# 🚀 é\n{ leads(filter: { search: "🚀 \\u{1F680}", industryRef: { key: ["tech"] } }) { nodes { industryRef { key } } } }',
  },
  {
    name: '#import comments',
    before: '#import "./lead.graphql"\n\n{ lead(id: 1) { industry } } # industry\n',
    after: '#import "./lead.graphql"\n\n{ lead(id: 1) { industryRef { key } } } # industry\n',
  },
  { name: 'an empty document', before: '' },
  { name: 'a document of comments', before: '#import "./a.graphql"\n# nothing else' },
  { name: 'a schema', before: 'type Lead { industry: String }\nextend type Query { industry: String }' },
  {
    name: 'a schema beside operations',
    before: 'extend type Lead { isOpen: Boolean }\n{ lead(id: 1) { industry } }',
    problems: ['2:1 operations stand beside definitions of a schema'],
  },
  {
    name: 'a syntax error',
    before: '{ lead(id: 1) { industry }\n',
    problems: ['2:1 Syntax Error: Expected Name, found <EOF>.'],
  },
  {
    name: 'a document that does not validate',
    before: 'query A { lead(id: 1) { industry } }\nquery B { lead(id: 1) { industri } }',
    problems: ['2:25 does not validate: Cannot query field "industri" on type "Lead".'],
  },
  {
    name: 'an operation of a kind that the schema has not',
    before: 'subscription S { leadChanged { industry } }\nquery Q { lead(id: 1) { industry } }',
    problems: ['1:1 does not validate: The schema has no subscription type.'],
  },
  {
    name: 'selections nested so deeply that they cannot be parsed',
    before: '{ a '.repeat(20_000) + '}'.repeat(20_000),
    problems: ['1:1 is nested too deeply: not looked into'],
  },
  {
    name: 'a spread of a fragment that is in no file',
    before: '{ lead(id: 1) { industry ...F } }',
    problems: ['1:29 does not validate: Unknown fragment "F".'],
  },
];

describe('documents', () => {
  test.each(fixtures)('$name', (fixture) => checkFixture(fixture, 'x.graphql', crmContext));

  test('a byte order mark is no column', () => {
    const [edit] = rewriteDocument('\uFEFF{ lead(id: 1) { industry } }', crmContext).edits;
    expect(edit).toMatchObject({ coordinate: 'Lead.industry', line: 1, column: 17 });
  });

  test('a file of another kind is refused', async () => {
    await expect(rewriteFile('a.md', '', crmContext)).rejects.toThrow(UsageError);
    await expect(rewriteFile('a.md', '', crmContext)).rejects.toThrow('Expected a file that ends in .graphql, .gql, .ts');
  });
});

const old = `
  type Query { record(filter: Filter): Record  lead: Lead  gone: Int  odd: Odd }
  interface Record { id: ID  industry: String  industryRef: Ref }
  interface Odd { industry: String }
  type Lead implements Record & Odd { id: ID  industry: String  industryRef: Ref }
  type Account implements Record { id: ID  industry: String  industryRef: Ref }
  type Ref { key: String! }
  input Filter { any: [Filter!]  industry: String  industryRef: RefFilter }
  input RefFilter { key: [String!] }
  directive @only(where: Filter) on FIELD`;
const withoutOld = old
  .replaceAll(/ {2}industry: String/g, '')
  .replace('{ industry: String }', '{ id: ID }')
  .replace('gone: Int', '');

const context: RewriteContext = {
  schema: buildSchema(old),
  nextSchema: buildSchema(withoutOld.replace('type Lead implements Record & Odd', 'type Lead implements Record & Odd')),
  rules: [
    { coordinate: 'Lead.industry', kind: 'field', replacement: { field: 'industryRef', selection: 'key' } },
    { coordinate: 'Account.industry', kind: 'field', replacement: { field: 'industryRef', selection: 'key' } },
    { coordinate: 'Filter.industry', kind: 'input', replacement: { field: 'industryRef', wrap: ['key'], list: true } },
  ],
};

const abstract: readonly Fixture[] = [
  {
    name: 'a field selected on an interface',
    before: '{ record { id industry } }',
    after: '{ record { id industryRef { key } } }',
  },
  {
    name: 'a fragment on an interface, and fragments on its types within',
    before:
      'fragment R on Record { industry ... on Lead { industry } ... on Account { sector: industry } }\n{ record { ...R } lead { ...R } }',
    after:
      'fragment R on Record { industryRef { key } ... on Lead { industryRef { key } } ... on Account { sector: industryRef { key } } }\n{ record { ...R } lead { ...R } }',
  },
  {
    name: 'an interface that lacks the new field',
    before: '{ odd { industry } lead { industry } }',
    problems: ['1:9 the interface Odd has nothing in place of industry: select it on the types that implement it'],
  },
  {
    name: 'input objects in lists and in input objects',
    before: '{ record(filter: { any: [{ industry: "a" }, { any: { industry: "b" } }] }) { id } }',
    after: '{ record(filter: { any: [{ industryRef: { key: ["a"] } }, { any: { industryRef: { key: ["b"] } } }] }) { id } }',
  },
  {
    name: 'input objects in directives',
    before: 'query ($s: String!) { lead @only(where: { industry: $s }) { id } }',
    after: 'query ($s: String!) { lead @only(where: { industryRef: { key: [$s] } }) { id } }',
  },
  {
    name: 'something else that goes without a rule',
    before: 'query A { gone lead { industry } }\nquery B { gone }\nquery C { lead { industry } }',
    after: 'query A { gone lead { industry } }\nquery B { gone }\nquery C { lead { industryRef { key } } }',
    problems: [
      '1:11 would not validate without the deprecated members: Cannot query field "gone" on type "Query".',
      '2:11 would not validate without the deprecated members: Cannot query field "gone" on type "Query".',
    ],
  },
  {
    name: 'something else that goes without a rule, beside a fragment that is rewritten',
    before: 'query A { gone lead { ...F } }\nquery B { lead { ...F } }\nfragment F on Lead { industry }',
    after: 'query A { gone lead { ...F } }\nquery B { lead { ...F } }\nfragment F on Lead { industryRef { key } }',
    problems: ['1:11 would not validate without the deprecated members: Cannot query field "gone" on type "Query".'],
  },
];

describe('interfaces, lists and directives', () => {
  test.each(abstract)('$name', (fixture) => checkFixture(fixture, 'x.graphql', context));

  test('a whole input that holds itself names its members once', () => {
    const { definitions } = rewriteDocument('query ($filter: Filter) { record(filter: $filter) { id } }', context);
    expect(definitions[0]!.variables).toEqual([{ coordinate: 'Filter.industry', variable: 'filter', kind: 'shape', path: ['industry'] }]);
  });
});
