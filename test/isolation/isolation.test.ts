import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { createVersionSchemas } from '../../src/app.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { hashRows, insertRecord } from '../crm/records.ts';
import { type Attempt, listAttempts } from './attempts.ts';
import { createForeignTenant, type ForeignValues, MARK, MARK_CLIENT } from './foreign-tenant.ts';

let crm: TestCrm;
let api: TestApi;
let schema: GraphQLSchema;
let foreign: ForeignValues;
let attempts: Attempt[];
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  api = await startTestApi(crm);
  schema = [...(await createVersionSchemas()).values()].at(-1)!;
  foreign = await createForeignTenant(crm, api, 'globex');
  attempts = listAttempts(schema, foreign);
  await insertRecord(crm, 'task', { lead_id: await insertRecord(crm, 'lead', {}) });
  await insertRecord(crm, 'opportunity', {});
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await api.close();
  await crm.close();
});

/** Whether an answer holds anything of the other tenant that the question did not. */
function leaks(attempt: Attempt, text: string, secrets: readonly string[] = [MARK_CLIENT]): boolean {
  let rest = text.toLowerCase();
  // An error may repeat what was asked.
  for (const asked of JSON.stringify(attempt.variables)
    .toLowerCase()
    .match(/[\w-]{6,}/g) ?? [])
    rest = rest.replaceAll(asked, '');
  const names = attempt.namesOwn ? [] : [MARK];
  return [...names, ...secrets, ...foreign.records, ...foreign.choices].some((secret) => rest.includes(secret.toLowerCase()));
}

/** Everything of every record but its refs. */
async function hashStrings(): Promise<string> {
  const refs = choiceRegistry.fields.map((field) => field.refColumn);
  const { rows } = await crm.owner.pool.query<{ hash: string }>(
    ['lead', 'account', 'opportunity', 'task']
      .map((table) => `SELECT md5(string_agg((to_jsonb(${table}) - $1::text[])::text, '' ORDER BY tenant_id, id)) AS hash FROM ${table}`)
      .join(' UNION ALL '),
    [refs],
  );
  return rows.map(({ hash }) => hash).join(' ');
}

async function runAll(
  token: string,
): Promise<
  { attempt: Attempt; text: string; body: { data?: Record<string, unknown> | null; errors?: { extensions: { code: string } }[] } }[]
> {
  const answers: Awaited<ReturnType<typeof runAll>> = [];
  for (const namesOwn of [false, true]) {
    const queue = attempts.filter((attempt) => attempt.namesOwn === namesOwn)[Symbol.iterator]();
    const work = async () => {
      for (const attempt of queue) answers.push({ attempt, ...(await api.send(attempt.query, attempt.variables, { token })) });
    };
    await Promise.all([work(), work(), work(), work()]);
  }
  return answers;
}

describe('the attempts', () => {
  test('reach every query and mutation, and every member of every input', () => {
    const members = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
      Object.keys(root.getFields()).map((name) => `${root.name}.${name}`),
    );
    expect(members.filter((member) => !attempts.some(({ target }) => target === member))).toEqual([]);
    expect(new Set(attempts.map(({ target }) => target)).size).toBeGreaterThan(150);
    expect(attempts.map(({ target }) => target)).toEqual(
      expect.arrayContaining([
        'Query.lead(id:)',
        'Query.leads(filter:).industryRef.id',
        'Query.tasks(filter:).leadId',
        'Query.tasks(after:)',
        'Mutation.updateTask(input:).leadId',
        'Mutation.createLead(input:).statusRef.id',
        'Query.choiceOptions(current:)',
      ]),
    );
  });

  test('cannot be made for an id of which nobody said what it stands for', () => {
    const grown = buildSchema('type Query { a(in: I): ID } input I { ownerId: ID } type Mutation { b: ID }');
    expect(() => listAttempts(grown, foreign)).toThrow('Query.a(in:).ownerId takes an ID of a kind that this test does not know');
  });

  test('are understood: the marked tenant itself gets its marks by them', async () => {
    const answers = await Promise.all(
      attempts
        .filter(({ target }) => target.startsWith('Query.'))
        .map(async ({ query, variables }) => api.send(query, variables, { token: await api.token('globex', 'reader', 'operator') })),
    );
    expect(answers.filter(({ text }) => text.includes(MARK_CLIENT))).toHaveLength(1);
    expect(answers.filter(({ body }) => body.errors && !['NOT_FOUND', 'BAD_USER_INPUT'].includes(body.errors[0].extensions.code))).toEqual(
      [],
    );
    expect(answers.filter(({ text }) => text.includes(MARK)).length).toBeGreaterThan(50);
  });
});

describe("another tenant's writer", () => {
  test('reads nothing, finds nothing, counts nothing, changes nothing by any of them', async () => {
    const before = await hashRows(crm, 'globex');
    const answers = await runAll(await api.token('acme', 'writer', 'choice-admin', 'operator', 'reader'));
    expect(
      answers.filter(({ attempt, text }) => leaks(attempt, text)).map(({ attempt, text }) => `${attempt.target} ${text.slice(0, 300)}`),
    ).toEqual([]);
    expect(await hashRows(crm, 'globex')).toBe(before);
    expect(
      answers
        .filter(({ body }) =>
          body.errors?.some(({ extensions }) => ['INTERNAL_SERVER_ERROR', 'GRAPHQL_VALIDATION_FAILED'].includes(extensions.code)),
        )
        .map(({ attempt, text }) => `${attempt.target} ${text}`),
    ).toEqual([]);
  });

  test('stores no reference to it', async () => {
    const ids = [...foreign.records, ...foreign.choices];
    for (const table of ['lead', 'account', 'opportunity', 'task']) {
      const { rows } = await crm.owner.pool.query(`SELECT id FROM ${table} WHERE tenant_id = $1 AND to_jsonb(${table})::text ~ $2`, [
        crm.tenant('acme').id,
        ids.join('|'),
      ]);
      expect(rows).toEqual([]);
    }
  });

  test("is answered for another's id as for no one's", async () => {
    const nobody: ForeignValues = {
      ...foreign,
      records: foreign.records.map(() => '0199aaaa-0000-7000-8000-000000000001'),
      choices: foreign.choices.map(() => '0199aaaa-0000-7000-8000-000000000001'),
    };
    const token = await api.token('acme', 'writer');
    const others = listAttempts(schema, nobody);
    const ids = [...foreign.records, ...foreign.choices];
    const idAttempts = attempts.flatMap((attempt, index) =>
      ids.some((id) => JSON.stringify(attempt.variables).includes(id)) ? [[attempt, others[index]!] as const] : [],
    );
    expect(idAttempts.length).toBeGreaterThan(100);
    for (const [attempt, other] of idAttempts) {
      const [one, two] = [
        await api.send(attempt.query, attempt.variables, { token }),
        await api.send(other.query, other.variables, { token }),
      ];
      const plain = (text: string) =>
        ids
          .reduce((rest, id) => rest.replaceAll(id, 'ID'), text)
          .replaceAll('0199aaaa-0000-7000-8000-000000000001', 'ID')
          .replace(/"(id|createdAt|updatedAt|cursor|startCursor|endCursor)":"[^"]*"/g, '');
      expect([attempt.target, one.status, plain(one.text)]).toEqual([attempt.target, two.status, plain(two.text)]);
    }
  });
});

describe('other principals', () => {
  test('a reader changes nothing at all', async () => {
    const before = await hashRows(crm);
    const answers = await runAll(await api.token('globex', 'reader'));
    expect(
      answers.filter(({ attempt, body }) => attempt.target.startsWith('Mutation.') && body.errors?.[0]?.extensions.code !== 'FORBIDDEN'),
    ).toEqual([]);
    expect(await hashRows(crm)).toBe(before);
  });

  test("a platform operator sees figures, and no tenant's data", async () => {
    const before = await hashStrings();
    const answers = await runAll(await api.token(null, 'operator'));
    // Who uses what is deprecated is what it has to know.
    expect(answers.filter(({ text, attempt }) => leaks(attempt, text, []))).toEqual([]);
    expect(answers.filter(({ text }) => text.includes(MARK_CLIENT)).map(({ attempt }) => attempt.target)).toEqual(['Query.deprecations']);
    const allowed = answers.filter(({ body }) => body.errors === undefined).map(({ attempt }) => attempt.target.replace(/\(.*/, ''));
    expect([...new Set(allowed)].sort()).toEqual([
      ...['migrateChoices', 'pauseMigration', 'preferChoices', 'resumeMigration', 'rollbackChoices', 'verifyChoices'].map(
        (mutation) => `Mutation.${mutation}`,
      ),
      ...['choiceFields', 'choiceRun', 'choiceRuns', 'deprecations', 'viewer'].map((query) => `Query.${query}`),
    ]);
    const { body } = answers.find(({ attempt }) => attempt.target === 'Query.choiceFields')!;
    const fields = body.data!.choiceFields as { tenant: string; rows: number; unmappedValues: unknown }[];
    expect(new Set(fields.map(({ tenant }) => tenant))).toEqual(new Set(['acme', 'globex']));
    expect(fields.filter(({ unmappedValues }) => unmappedValues !== null)).toEqual([]);
    expect(fields.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(0);
    // The platform's operator may have refs set, and nothing else of a record.
    expect(await hashStrings()).toBe(before);
  });

  test('nobody at all is answered nothing', async () => {
    for (const { query, variables } of attempts.slice(0, 40)) {
      const response = await fetch(`${api.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      expect(response.status).toBe(401);
      expect((await response.json()) as unknown).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
  });
});
