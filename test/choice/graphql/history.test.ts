import { beforeAll, describe, expect, test } from '@jest/globals';
import { useServedCrm } from '../../harness/served-crm.ts';
import { insertRecord } from '../../crm/records.ts';

const served = useServedCrm('populated');
const CHANGE =
  'id changedAt actor operation requestId group reason kind action field choiceId legacyValue records changes { member before after }';

let operator: string;
let tech: string;
beforeAll(async () => {
  const { crm, api } = served;
  operator = await api.token('acme', 'operator');
  for (const industry of ['Mystery', 'Technology']) await insertRecord(crm, 'lead', { industry });
  const { rows } = await crm.owner.pool.query<{ id: string }>(
    `UPDATE industry SET label = 'Technik', active = false, version = version + 1 WHERE tenant_id = $1 AND key = 'tech' RETURNING id`,
    [crm.tenant('acme').id],
  );
  tech = rows[0]!.id;
});

async function history(argument: string, selection = `nodes { ${CHANGE} }`, token?: string) {
  const { body } = await served.api.send(`{ choiceHistory(${argument}) { ${selection} } }`, {}, { ...(token !== undefined && { token }) });
  expect(body.errors).toBeUndefined();
  return body.data.choiceHistory;
}

test('a change tells who made it, when, and each member before and after', async () => {
  const { nodes } = await history('type: INDUSTRY, first: 1');
  expect(nodes).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      changedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      actor: 'choices_owner',
      operation: null,
      requestId: null,
      group: expect.stringMatching(/^[0-9a-f-]{36}$/),
      reason: null,
      kind: 'CHOICE',
      action: 'UPDATE',
      field: null,
      choiceId: tech,
      legacyValue: null,
      records: null,
      changes: [
        { member: 'active', before: 'true', after: 'false' },
        { member: 'label', before: expect.any(String), after: 'Technik' },
      ],
    },
  ]);
});

test('an operator’s mutation is recorded with the token’s holder and the request', async () => {
  const { api } = served;
  const map =
    'mutation { mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [{ value: "Technology", key: "tech" }] }) { mapped { value } } }';
  const accept =
    'mutation { acceptChoiceValues(input: { field: LEAD_INDUSTRY, values: ["Mystery"], reason: "old" }) { accepted { value } } }';
  for (const mutation of [map, accept]) expect((await api.send(mutation, {}, { token: operator })).body.errors).toBeUndefined();
  const { nodes } = await history('type: INDUSTRY, first: 2');
  const by = { actor: 'tester', requestId: expect.stringMatching(/./) };
  expect(nodes).toMatchObject([
    { ...by, operation: 'accept', reason: 'old', kind: 'ACCEPTANCE', field: 'LEAD_INDUSTRY', legacyValue: 'Mystery', choiceId: null },
    { ...by, operation: 'map', kind: 'ALIAS', action: 'INSERT', legacyValue: 'Technology', choiceId: tech, field: null },
  ]);
  expect(nodes[0].requestId).not.toBe(nodes[1].requestId);
});

describe('a history', () => {
  test('of one choice has its own changes and those of its aliases', async () => {
    const { nodes, totalCount } = await history(`type: INDUSTRY, id: "${tech}"`, `totalCount nodes { kind action choiceId legacyValue }`);
    expect(totalCount).toBe(nodes.length);
    expect(nodes).toEqual([
      { kind: 'ALIAS', action: 'INSERT', choiceId: tech, legacyValue: 'Technology' },
      { kind: 'CHOICE', action: 'UPDATE', choiceId: tech, legacyValue: null },
      { kind: 'ALIAS', action: 'INSERT', choiceId: tech, legacyValue: 'tech' },
      { kind: 'CHOICE', action: 'INSERT', choiceId: tech, legacyValue: null },
    ]);
    for (const id of ['x', '00000000-0000-7000-8000-000000000000'])
      expect(await history(`type: INDUSTRY, id: "${id}"`, 'totalCount')).toEqual({ totalCount: 0 });
    expect(await history(`type: LEAD_STATUS, id: "${tech}"`, 'totalCount')).toEqual({ totalCount: 0 });
  });

  test('is read page by page, newest first, to its end', async () => {
    const { totalCount } = await history('type: INDUSTRY', 'totalCount');
    const ids: number[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: { edges: { cursor: string; node: { id: string } }[]; pageInfo: Record<string, unknown> } = await history(
        `type: INDUSTRY, first: 7${after === null ? '' : `, after: "${after}"`}`,
        'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }',
      );
      ids.push(...page.edges.map(({ node }) => Number(node.id)));
      expect(page.pageInfo).toMatchObject({
        hasPreviousPage: after !== null,
        startCursor: page.edges[0]!.cursor,
        endCursor: page.edges.at(-1)!.cursor,
      });
      [after, more] = [page.edges.at(-1)!.cursor, page.pageInfo.hasNextPage === true];
    }
    expect(ids).toHaveLength(totalCount);
    expect(ids).toEqual(ids.toSorted((one, other) => other - one));
  });

  test('of another tenant shows nothing of this one', async () => {
    const { crm, api } = served;
    const globex = await api.token('globex', 'reader');
    const own = await crm.owner.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM choice_change WHERE tenant_id = $1 AND type IN ('industry', 'Lead.industry', 'Account.industry')`,
      [crm.tenant('globex').id],
    );
    expect(await history('type: INDUSTRY', 'totalCount', globex)).toEqual({ totalCount: own.rows[0]!.count });
    expect(await history(`type: INDUSTRY, id: "${tech}"`, 'totalCount', globex)).toEqual({ totalCount: 0 });
    const { pageInfo } = await history('type: INDUSTRY, first: 1', 'pageInfo { endCursor }');
    const { body } = await api.send(
      `{ choiceHistory(type: INDUSTRY, after: "${pageInfo.endCursor}") { totalCount } }`,
      {},
      { token: globex },
    );
    expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['first: 501', 'LIMIT_EXCEEDED'],
    ['first: -1', 'BAD_USER_INPUT'],
    ['after: "x"', 'BAD_USER_INPUT'],
  ])('is refused with %s: %s', async (argument, code) => {
    const { body } = await served.api.send(`{ choiceHistory(type: INDUSTRY, ${argument}) { totalCount } }`);
    expect(body.errors[0].extensions.code).toBe(code);
  });

  test('needs a token of the tenant, and the API version that has it', async () => {
    const platform = await served.api.token(null, 'operator');
    const { body } = await served.api.send('{ choiceHistory(type: INDUSTRY) { totalCount } }', {}, { token: platform });
    expect(body.errors[0].extensions.code).toBe('FORBIDDEN');
    const old = await served.api.send('{ choiceHistory(type: INDUSTRY) { totalCount } }', {}, { path: '/graphql/2026-01' });
    expect(old.status).toBe(400);
  });
});
