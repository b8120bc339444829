import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { createRewriteContext } from '../../../src/evolution/codemod/create-rewrite-context.ts';
import { proveOperations } from '../../../src/evolution/codemod/prove/prove-operations.ts';
import { rewriteProject } from '../../../src/evolution/codemod/rewrite-project.ts';
import type { GraphqlAnswer } from '../../../src/evolution/source/graphql-answer.ts';
import { crmContext } from './crm-context.ts';

describe('operations that only filter', () => {
  const FILTER =
    'query Q($f: LeadFilter) { a: leads(filter: { industry: "tech" }) { nodes { id } } b: leads(filter: $f) { nodes { id } } }';
  const nodes = (count: number) => ({ nodes: Array.from({ length: count }, (_, id) => ({ id })) });

  /** A server where each filter finds so many records, and shows `page` of them. */
  async function prove(text: string, find: (sent: number) => { old: number; now: number }, variables = {}, page = 1) {
    let sent = 0;
    const send = async ({ query }: { query: string }): Promise<GraphqlAnswer> => {
      const { old, now } = find(sent++);
      const count = /industryRef/.test(query) ? now : old;
      const total = query.includes('countOf_totalCount') ? { countOf_totalCount: count } : {};
      return { data: { a: { ...nodes(Math.min(count, page)), ...total }, b: nodes(1) } };
    };
    const proofs = await proveOperations(await rewriteOperations(text), crmContext, new Map([['Q', [variables]]]), send);
    return { ...proofs[0]!, sent };
  }

  test('are proven by how many records they find', async () => {
    expect(await prove(FILTER, () => ({ old: 3, now: 3 }))).toMatchObject({
      state: 'proven',
      comparison: { compared: 0, found: [{ at: 'a', before: 3, after: 3 }] },
    });
  });

  test('are different where they find more, beyond the page as well', async () => {
    expect(await prove(FILTER, () => ({ old: 3, now: 5 }))).toMatchObject({
      state: 'different',
      comparison: { differencesFound: 0, found: [{ at: 'a', before: 3, after: 5 }] },
    });
  });

  test('are not proven where they find nothing', async () => {
    expect(await prove(FILTER, () => ({ old: 0, now: 0 }))).toMatchObject({ state: 'unproven', reason: expect.stringContaining('empty') });
  });

  test('are counted again where the data changed meanwhile', async () => {
    const answers = await prove(FILTER, (sent) => (sent < 4 ? { old: 3, now: 3 } : { old: 4, now: 4 }));
    expect(answers).toMatchObject({ state: 'proven', comparison: { found: [{ at: 'a', before: 4, after: 4 }] }, sent: 7 });
  });

  test('are compared by their answers where nothing counts, or the count is refused', async () => {
    const sdl = `type Query { leads(filter: LeadFilter): [Lead] lead: Lead } type Lead { id: ID } input LeadFilter {
      industry: String @deprecated industryRef: Choices } input Choices { key: [String!] }`;
    const rules = crmContext.rules.filter(({ coordinate }) => coordinate === 'LeadFilter.industry');
    const context = createRewriteContext(buildSchema(sdl), rules, 'it');
    const { operations } = await rewriteProject(
      [{ path: 'a.graphql', text: '{ leads(filter: { industry: "tech" }) { id } lead { id } }' }],
      context,
    );
    const proveAnswer = async (data: unknown) => (await proveOperations(operations, context, new Map(), async () => ({ data })))[0]!.state;
    expect(await proveAnswer({ leads: [{ id: 1 }], lead: null })).toBe('proven');
    expect(await proveAnswer({ leads: [], lead: { id: 1 } })).toBe('unproven');
    expect(await proveAnswer({ leads: null, lead: null })).toBe('unproven');
    const [refused] = await proveOperations(await rewriteOperations(FILTER), crmContext, new Map(), async ({ query }) =>
      query.includes('countOf_') ? { errors: [{ message: 'too complex' }] } : { data: { a: nodes(1), b: nodes(1) } },
    );
    expect(refused).toMatchObject({ state: 'proven', comparison: { found: [] } });
  });

  test('count only filters that were given', async () => {
    const { comparison } = await prove(FILTER.replace('"tech"', 'null'), () => ({ old: 3, now: 3 }));
    expect(comparison.found).toEqual([]);
  });
});

async function rewriteOperations(text: string) {
  return (await rewriteProject([{ path: 'a.graphql', text }], crmContext)).operations;
}
