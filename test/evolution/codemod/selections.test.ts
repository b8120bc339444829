import { describe, test } from '@jest/globals';
import { crmContext } from './crm-context.ts';
import { checkFixture, type Fixture } from './fixture.ts';

const fixtures: readonly Fixture[] = [
  {
    name: 'a field',
    before: 'query { lead(id: 1) { id industry email } }',
    after: 'query { lead(id: 1) { id industryRef { key } email } }',
  },
  {
    name: 'a field with an alias keeps it',
    before: '{ lead(id: 1) { sector: industry } }',
    after: '{ lead(id: 1) { sector: industryRef { key } } }',
  },
  {
    name: 'an alias that is the name of the new field',
    before: '{ lead(id: 1) { industryRef: industry } }',
    after: '{ lead(id: 1) { industryRef: industryRef { key } } }',
  },
  {
    name: 'an alias that is the name of the old field',
    before: '{ lead(id: 1) { industry: industry status: leadSource } }',
    after: '{ lead(id: 1) { industry: industryRef { key } status: leadSourceRef { key } } }',
  },
  {
    name: 'directives of a field',
    before: 'query ($x: Boolean!) { lead(id: 1) { id industry @include(if: $x) @skip(if: false) } }',
    after: 'query ($x: Boolean!) { lead(id: 1) { id industryRef @include(if: $x) @skip(if: false) { key } } }',
  },
  {
    name: 'comments within a field',
    before:
      'query ($x: Boolean!) {\n  lead(id: 1) {\n    s # why\n    : industry # the branch\n      @include(if: $x) # sometimes\n  }\n}\n',
    after:
      'query ($x: Boolean!) {\n  lead(id: 1) {\n    s # why\n    : industryRef # the branch\n      @include(if: $x) { key } # sometimes\n  }\n}\n',
  },
  {
    name: 'every choice field of every record',
    before:
      '{ leads { nodes { industry leadSource status marketingChannel } } accounts { nodes { industry tier } } opportunities { nodes { dealSizeCategory } } tasks { nodes { priority status taskType } } }',
    after:
      '{ leads { nodes { industryRef { key } leadSourceRef { key } statusRef { key } marketingChannelRef { key } } } accounts { nodes { industryRef { key } tierRef { key } } } opportunities { nodes { dealSizeCategoryRef { key } } } tasks { nodes { priorityRef { key } statusRef { key } taskTypeRef { key } } } }',
  },
  {
    name: 'aliases that change places',
    before: '{ lead(id: 1) { industry: leadSource leadSource: industry } }',
    after: '{ lead(id: 1) { industry: leadSourceRef { key } leadSource: industryRef { key } } }',
  },
  {
    name: 'an alias that is the name of the key',
    before: '{ lead(id: 1) { key: industry } }',
    after: '{ lead(id: 1) { key: industryRef { key } } }',
  },
  {
    name: 'old and new on a condition each',
    before: 'query ($x: Boolean!) { lead(id: 1) { industry @include(if: $x) industry industryRef @skip(if: $x) { key } } }',
    after:
      'query ($x: Boolean!) { lead(id: 1) { industryRef @include(if: $x) { key } industryRef { key } industryRef @skip(if: $x) { key } } }',
  },
  {
    name: 'directives that only the client knows',
    before: '{ lead(id: 1) { industry @client status } }',
    problems: ['1:26 does not validate: Unknown directive "@client"'],
  },
  {
    name: 'nested selections',
    before: '{ tasks(first: 1) { edges { node { lead { industry } status } } } }',
    after: '{ tasks(first: 1) { edges { node { lead { industryRef { key } } statusRef { key } } } } }',
  },
  {
    name: 'the payload of a mutation',
    before: 'mutation ($id: ID!) { deleteLead(id: $id) { lead { id industry } } }',
    after: 'mutation ($id: ID!) { deleteLead(id: $id) { lead { id industryRef { key } } } }',
  },
  {
    name: 'fields of the same name that are not deprecated',
    before: '{ choiceRuns { status } choiceFields { field } leads { nodes { industryLabel industryRef { label } } } }',
  },
  {
    name: 'order, which goes by the choice already',
    before: '{ leads(orderBy: [{ field: INDUSTRY, direction: DESC }]) { nodes { id } } }',
  },
  {
    name: 'a new field beside the old one gets the key',
    before: '{ lead(id: 1) { industry industryRef { label } } }',
    after: '{ lead(id: 1) { industryRef { key label } } }',
  },
  {
    name: 'a new field that has the key already',
    before: '{ lead(id: 1) {\n    id\n    industry\n    industryRef { label, key }\n  }\n}',
    after: '{ lead(id: 1) {\n    id\n    industryRef { label, key }\n  }\n}',
  },
  {
    name: 'a new field over several lines, before the old one',
    before: '{\n  lead(id: 1) {\n    industryRef {\n      label\n    }\n    industry, # the branch\n    id\n  }\n}\n',
    after: '{\n  lead(id: 1) {\n    industryRef {\n      key\n      label\n    }\n    # the branch\n    id\n  }\n}\n',
  },
  {
    name: 'the old field twice beside the new one, without spaces',
    before: '{lead(id:1){industry,industry,industryRef{label}}}',
    after: '{lead(id:1){industryRef{key label}}}',
  },
  {
    name: 'an old field with an alias beside the new one',
    before: '{ lead(id: 1) { sector: industry industryRef { label } } }',
    after: '{ lead(id: 1) { sector: industryRef { key } industryRef { label } } }',
  },
  {
    name: 'a new field that is not always there gets no key',
    before: 'query ($x: Boolean!) { lead(id: 1) { industry industryRef @include(if: $x) { label } } }',
    after: 'query ($x: Boolean!) { lead(id: 1) { industryRef { key } industryRef @include(if: $x) { label } } }',
  },
  {
    name: 'the same field in several places of one answer',
    before: '{ lead(id: 1) { industry } lead(id: 1) { industry ... { industry } } }',
    after: '{ lead(id: 1) { industryRef { key } } lead(id: 1) { industryRef { key } ... { industryRef { key } } } }',
  },
  {
    name: 'a fragment',
    before: 'query Q { lead(id: 1) { ...F } }\nfragment F on Lead { id industry }',
    after: 'query Q { lead(id: 1) { ...F } }\nfragment F on Lead { id industryRef { key } }',
  },
  {
    name: 'a fragment that nobody spreads yet',
    before: 'fragment F on Task { status lead { status } }',
    after: 'fragment F on Task { statusRef { key } lead { statusRef { key } } }',
  },
  {
    name: 'inline fragments, with and without a type',
    before: '{ lead(id: 1) { ... on Lead { industry } ... @include(if: true) { status } } }',
    after: '{ lead(id: 1) { ... on Lead { industryRef { key } } ... @include(if: true) { statusRef { key } } } }',
  },
  {
    name: 'fragments on the interface of choices, which stay',
    before:
      'fragment C on Choice { key ... on Industry { mergedInto { key } } }\n{ choices(type: INDUSTRY) { ...C } lead(id: 1) { industry } }',
    after:
      'fragment C on Choice { key ... on Industry { mergedInto { key } } }\n{ choices(type: INDUSTRY) { ...C } lead(id: 1) { industryRef { key } } }',
  },
  {
    name: 'several operations in one document, each for itself',
    before:
      'query A { lead(id: 1) { industry } }\nquery B { lead(id: 1) { industryRef: company industry } }\nquery C { viewer { subject } }\n',
    after:
      'query A { lead(id: 1) { industryRef { key } } }\nquery B { lead(id: 1) { industryRef: company industry } }\nquery C { viewer { subject } }\n',
    problems: ['2:25 would not validate without the deprecated members: Fields "industryRef" conflict'],
  },
  {
    name: 'an alias in a fragment is in the way of one operation that spreads it, not of others',
    before:
      'query A { lead(id: 1) { id ...F industry } }\nquery B { lead(id: 1) { status ...F } }\nfragment F on Lead { industryRef: company }',
    after:
      'query A { lead(id: 1) { id ...F industry } }\nquery B { lead(id: 1) { statusRef { key } ...F } }\nfragment F on Lead { industryRef: company }',
    problems: ['1:33 would not validate without the deprecated members: Fields "industryRef" conflict'],
  },
  {
    name: 'a fragment that is left leaves who spreads it, also through another',
    before:
      'query A { lead(id: 1) { ...G } }\nquery B { lead(id: 1) { status ...G } }\nquery C { lead(id: 1) { status } }\nfragment F on Lead { industryRef: company industry }\nfragment G on Lead { status ...F }',
    after:
      'query A { lead(id: 1) { ...G } }\nquery B { lead(id: 1) { status ...G } }\nquery C { lead(id: 1) { statusRef { key } } }\nfragment F on Lead { industryRef: company industry }\nfragment G on Lead { status ...F }',
    problems: [
      '2:32 reaches the fragment F (x.graphql:4), which is left as it is',
      '4:22 would not validate without the deprecated members: Fields "industryRef" conflict',
      '5:29 reaches the fragment F (x.graphql:4), which is left as it is',
    ],
  },
  {
    name: 'a selection of the new field that uses the key for something else',
    before: '{ lead(id: 1) { industry industryRef { key: label } } }',
    problems: ['1:40 would not validate without the deprecated members: Fields "key" conflict'],
  },
];

describe('selections', () => {
  test.each(fixtures)('$name', (fixture) => checkFixture(fixture, 'x.graphql', crmContext));
});
