import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { createAnswerShape } from '../../../src/evolution/codemod/prove/answer-shape.ts';
import { addWitnesses, withoutWitnesses } from '../../../src/evolution/codemod/prove/add-witnesses.ts';
import { compareAnswers } from '../../../src/evolution/codemod/prove/compare-answers.ts';
import { convertVariables } from '../../../src/evolution/codemod/prove/convert-variables.ts';
import type { GraphqlAnswer } from '../../../src/evolution/source/graphql-answer.ts';
import { proveOperations } from '../../../src/evolution/codemod/prove/prove-operations.ts';
import { createRewriteContext } from '../../../src/evolution/codemod/create-rewrite-context.ts';
import { createRuleFinder } from '../../../src/evolution/codemod/find-rule.ts';
import { rewriteDocument, rewriteProject } from '../../../src/evolution/codemod/rewrite-project.ts';
import { crmContext } from './crm-context.ts';

const INDUSTRY = { coordinate: 'Lead.industry', before: ['nodes', 'industry'], after: ['nodes', 'industryRef', 'key'] };

/** Old and new values of a list's rows, and what the server says of both, if it is not the same. */
type Row = readonly [old: unknown, now: unknown, seen?: unknown];

const ref = (key: unknown) => (key === null || typeof key === 'object' ? key : { key });

function compareRows(rows: readonly Row[]) {
  return compareAnswers(
    {
      before: { nodes: rows.map(([industry]) => ({ id: 1, industry })) },
      after: { nodes: rows.map(([, now]) => ({ id: 1, industryRef: ref(now) })) },
      witnessed: { nodes: rows.map(([industry, now, seen = now]) => ({ id: 1, industry, witnessOf_industry: ref(seen) })) },
    },
    createAnswerShape([INDUSTRY]),
    new Map(),
  );
}

describe('answers', () => {
  test('are compared value by value: equal, null, aliased, unmapped', () => {
    const comparison = compareRows([
      ['tech', 'tech'],
      [null, null],
      ['Technology', 'tech'],
      ['Mystery', null],
      ['Technology', 'tech'],
      ['', null],
    ]);
    expect(comparison).toMatchObject({ compared: 6, equal: 2, nulls: 1, differences: [], differencesFound: 0 });
    expect(comparison.aliased).toEqual([
      { coordinate: 'Lead.industry', value: 'Technology', key: 'tech', count: 2, example: 'nodes[2].industry' },
    ]);
    expect(comparison.unmapped).toEqual([
      { coordinate: 'Lead.industry', value: 'Mystery', count: 1, example: 'nodes[3].industry' },
      { coordinate: 'Lead.industry', value: '', count: 1, example: 'nodes[5].industry' },
    ]);
  });

  test.each<[name: string, rows: readonly Row[], at: string]>([
    ['another key than the server says beside the string', [['tech', 'retail', 'tech']], 'nodes[0].industry'],
    ['null where the server says a key', [['tech', null, 'tech']], 'nodes[0].industry'],
    ['a key where the server says null', [['Mystery', 'tech', null]], 'nodes[0].industry'],
    ['a key in place of null', [[null, 'tech']], 'nodes[0].industry'],
    [
      'a string that is two keys',
      [
        ['Tech', 'tech'],
        ['Tech', 'retail'],
      ],
      'nodes[1].industry',
    ],
    [
      'a string that is a key and null',
      [
        ['tech', 'tech'],
        ['tech', null],
      ],
      'nodes[1].industry',
    ],
    ['an object that lacks the key', [['tech', { label: 'Tech' }, 'tech']], 'nodes[0].industry'],
    ['an object with more than the key', [['tech', { key: 'tech', label: 'Tech' }]], 'nodes[0].industry'],
  ])('differ by %s', (_, rows, at) => {
    expect(compareRows(rows)).toMatchObject({ differencesFound: 1, differences: [{ at }] });
  });

  test.each<[name: string, before: unknown, after: unknown, at: string]>([
    ['a node less', { nodes: [{ id: 1 }, { id: 2 }] }, { nodes: [{ id: 1 }] }, 'nodes'],
    ['a node more', { nodes: [] }, { nodes: [{ id: 1 }] }, 'nodes'],
    ['null for a list', { nodes: [] }, { nodes: null }, 'nodes'],
    ['null for an object', { lead: { id: 1 } }, { lead: null }, 'lead'],
    ['an object for null', { lead: null }, { lead: { id: 1 } }, 'lead'],
    ['an object for a list', { nodes: [] }, { nodes: {} }, 'nodes'],
    ['another order', { nodes: [{ id: 1 }, { id: 2 }] }, { nodes: [{ id: 2 }, { id: 1 }] }, 'nodes[0].id'],
    ['another field', { lead: { id: 1, name: 'a' } }, { lead: { id: 1, name: 'b' } }, 'lead.name'],
    ['a field that is missing', { lead: { id: 1 } }, { lead: {} }, 'lead.id'],
    ['a field that is new', { lead: {} }, { lead: { id: 1 } }, 'lead.id'],
    ['another kind of number', { lead: { id: 1 } }, { lead: { id: '1' } }, 'lead.id'],
    ['the old field still', { nodes: [{ industry: 'tech' }] }, { nodes: [{ industry: 'retail' }] }, 'nodes[0].industry'],
  ])('differ by %s', (_, before, after, at) => {
    const comparison = compareAnswers({ before, after, witnessed: before }, createAnswerShape([INDUSTRY]), new Map());
    expect(comparison.differences[0]).toMatchObject({ at });
  });

  test('an alias keeps its key; beside an object that was selected before, only the key is new', async () => {
    const [operation] = await rewriteOperations('{ lead(id: 1) { sector: industry industry industryRef { label } } }');
    const old = { sector: 'Tech', industry: 'Tech', industryRef: { label: 'T' } };
    const now = { sector: { key: 'tech' }, industryRef: { label: 'T', key: 'tech' } };
    const seen = { ...old, witnessOf_sector: { key: 'tech' }, witnessOf_industry: { key: 'tech' } };
    const compare = (lead: unknown) =>
      compareAnswers(
        { before: { lead: old }, after: { lead }, witnessed: { lead: seen } },
        createAnswerShape(operation!.responses),
        new Map(),
      );
    expect(compare(now)).toMatchObject({ compared: 2, differencesFound: 0, aliased: [{ value: 'Tech', key: 'tech', count: 2 }] });
    expect(compare({ ...now, industryRef: { label: 'U', key: 'tech' } })).toMatchObject({
      differences: [{ at: 'lead.industryRef.label' }],
    });
    expect(compare({ ...now, industryRef: { label: 'T', key: 'tech', id: 1 } })).toMatchObject({
      differences: [{ at: 'lead.industryRef.id' }],
    });
    expect(compare({ ...now, industryRef: null }).differencesFound).toBe(2);
  });
});

describe('what is sent', () => {
  test('both in one operation: through fragments, aliases and directives', () => {
    const rules = createRuleFinder(crmContext);
    const operation = addWitnesses(
      'query ($yes: Boolean!) { lead(id: 1) { ...F sector: industry @include(if: $yes) } } fragment F on Lead { status }',
      crmContext.schema,
      rules,
    );
    expect(operation.replace(/\s+/g, ' ')).toBe(
      'query ($yes: Boolean!) { lead(id: 1) { ...F sector: industry @include(if: $yes) ' +
        'witnessOf_sector: industryRef @include(if: $yes) { key } } } ' +
        'fragment F on Lead { status witnessOf_status: statusRef { key } }',
    );
    expect(withoutWitnesses({ a: [{ b: null, witnessOf_b: null }], c: 1 })).toEqual({ a: [{ b: null }], c: 1 });
  });

  test('variables in their new shape: members at any depth, lists, null as null', async () => {
    const [operation] = await rewriteOperations(
      'query ($filter: LeadFilter, $s: String!) { leads(filter: $filter) { nodes { industry } } all: leads(filter: { industry: $s }) { totalCount } }',
    );
    const convert = (variables: Record<string, unknown>) => convertVariables(variables, operation!.variables, crmContext.rules);
    expect(convert({ filter: { industry: 'tech', search: 'x' }, s: 'tech' })).toEqual({
      filter: { industryRef: { key: ['tech'] }, search: 'x' },
      s: 'tech',
    });
    expect(convert({ filter: { industry: null } })).toEqual({ filter: { industryRef: null } });
    expect(convert({ filter: null })).toEqual({ filter: null });
    expect(convert({})).toEqual({});
  });
});

describe('operations', () => {
  const lead = (industry: string) => ({ data: { lead: { industry } } });
  const moved = (key: string) => ({ data: { lead: { industryRef: { key } } } });
  const both = (industry: string, key: string) => ({ data: { lead: { industry, witnessOf_industry: { key } } } });
  const OPERATION = 'query Lead { lead(id: 1) { industry } }';

  /** Answers in turn, and counts the operations. */
  async function proveWith(source: string, answers: readonly GraphqlAnswer[], sets: readonly Record<string, unknown>[] = [{}]) {
    const { operations } = await rewriteProject([{ path: 'a.graphql', text: source }], crmContext);
    let sent = 0;
    const proofs = await proveOperations(operations, crmContext, new Map([['Lead', sets]]), async () => answers[sent++]!);
    return { ...proofs[0]!, sent };
  }

  test('an operation is proven by three answers', async () => {
    expect(await proveWith(OPERATION, [lead('tech'), moved('tech'), both('tech', 'tech')])).toMatchObject({
      state: 'proven',
      executions: 1,
      comparison: { compared: 1, equal: 1 },
      sent: 3,
    });
  });

  test('data that changed in between is no difference', async () => {
    const answers = [lead('tech'), moved('retail'), both('retail', 'retail'), lead('retail'), moved('retail'), both('retail', 'retail')];
    expect(await proveWith(OPERATION, answers)).toMatchObject({ state: 'proven', sent: 6 });
  });

  test('data that always changes is a failure', async () => {
    const answers = Array.from({ length: 20 }, (_, index) =>
      index % 3 === 0 ? lead(`${index}`) : index % 3 === 1 ? moved('x') : both('x', 'x'),
    );
    expect(await proveWith(OPERATION, answers)).toMatchObject({ state: 'failed', reason: 'the data changed during each of 4 attempts' });
  });

  test.each<[name: string, answers: readonly GraphqlAnswer[], state: string]>([
    ['the operation as it was', [{ errors: [{ message: 'no' }] }], 'failed'],
    ['the rewritten operation', [lead('a'), { ...moved('a'), errors: [{ message: 'no' }] }, both('a', 'a'), lead('a')], 'different'],
    ['both together', [lead('a'), moved('a'), { errors: [{ message: 'no' }] }, lead('a')], 'different'],
    ['what both together say of the old part', [lead('a'), moved('a'), both('b', 'a'), lead('a')], 'different'],
  ])('an error, or a contradiction, of %s is found', async (_, answers, state) => {
    expect(await proveWith(OPERATION, answers)).toMatchObject({ state });
  });

  test.each<[name: string, source: string, sets: readonly Record<string, unknown>[], reason: string]>([
    ['a mutation', 'mutation Lead { updateLead(id: 1, input: { industry: "tech" }) { lead { id } } }', [{}], 'a mutation is not executed'],
    [
      'a missing variable',
      'query Lead($id: ID!) { lead(id: $id) { industry } }',
      [{ id: 1 }, { id: null }],
      'it needs $id: give --variables',
    ],
    [
      'a part that was left',
      'query Lead { lead(id: 1) { ...F } leads(filter: { industry: "?" }) { totalCount } } fragment F on Lead { industry }',
      [{}],
      'a part of it was left as it was',
    ],
  ])('%s is not sent', async (_, source, sets, reason) => {
    expect(await proveWith(source, [], sets)).toMatchObject({ state: 'unproven', reason, executions: 0, sent: 0 });
  });

  test('an answer without any value that moved proves nothing', async () => {
    const none = { data: { lead: null } };
    expect(await proveWith(OPERATION, [none, none, none])).toMatchObject({ state: 'unproven', executions: 1 });
  });
});

describe('a schema', () => {
  const SDL = 'type Query { lead: Lead } type Lead { id: ID industry: String @deprecated industryRef: Ref } type Ref { key: String }';
  const rules = [crmContext.rules.find(({ coordinate }) => coordinate === 'Lead.industry')!];

  test('that has both gives the one without', () => {
    const context = createRewriteContext(buildSchema(SDL), rules, 'it');
    expect(rewriteDocument('{ lead { industry } }', context).text).toBe('{ lead { industryRef { key } } }');
  });

  test.each([
    ['what replaces it', SDL.replace('industryRef: Ref', ''), 'it lacks Lead.industryRef'],
    ['what is to be replaced', SDL.replace('industry: String @deprecated', ''), 'it has nothing that is to be rewritten'],
  ])('that lacks %s is refused', (_, sdl, message) => {
    expect(() => createRewriteContext(buildSchema(sdl), rules, 'it')).toThrow(message);
  });
});

async function rewriteOperations(text: string) {
  return (await rewriteProject([{ path: 'a.graphql', text }], crmContext)).operations;
}
