import { expect, test } from '@jest/globals';
import { useServedCrm } from '../../harness/served-crm.ts';

const served = useServedCrm('populated');

const EXPORT = '{ exportChoices(type: LEAD_SOURCE) }';
const IMPORT = `mutation ($input: ImportChoicesInput!) {
  importChoices(input: $input) { created updated unchanged rows { line key action changes { column before after } } }
}`;

const admin = (tenant = 'acme') => served.api.token(tenant, 'choice-admin');
const run = async (csv: string, more: object = {}, token?: string) =>
  (await served.api.send(IMPORT, { input: { type: 'LEAD_SOURCE', csv, ...more } }, { token: token ?? (await admin()) })).body;

test('what is exported is imported without a change', async () => {
  const { body } = await served.api.send(EXPORT, {}, { token: await served.api.token('acme', 'reader') });
  expect(body).toEqual({ data: { exportChoices: expect.stringMatching(/^key,label,position,active,color,.*\nweb,Web Form,1,true,/) } });
  expect((await run(body.data.exportChoices)).data.importChoices).toMatchObject({ created: 0, updated: 0, unchanged: 5 });
});

test('a dry run says what would change, an import does it, and the same request reads it', async () => {
  const csv = 'key,label,position\nweb,Website,2\nfair,Fair,\n';
  const rows = [
    {
      line: 2,
      key: 'web',
      action: 'UPDATE',
      changes: [
        { column: 'label', before: 'Web Form', after: 'Website' },
        { column: 'position', before: '1', after: '2' },
      ],
    },
    {
      line: 3,
      key: 'fair',
      action: 'CREATE',
      changes: [
        { column: 'key', before: null, after: 'fair' },
        { column: 'label', before: null, after: 'Fair' },
        { column: 'position', before: null, after: '6' },
        { column: 'active', before: null, after: 'true' },
      ],
    },
    { line: null, key: 'event', action: 'UPDATE', changes: [{ column: 'position', before: '2', after: '1' }] },
  ];
  const answer = { data: { importChoices: { created: 1, updated: 1, unchanged: 0, rows } } };
  expect(await run(csv, { dryRun: true })).toEqual(answer);
  expect(await run(csv, { dryRun: true })).toEqual(answer);
  const { body } = await served.api.send(
    `mutation ($input: ImportChoicesInput!) { importChoices(input: $input) { created updated } again: importChoices(input: $input) { unchanged } }`,
    { input: { type: 'LEAD_SOURCE', csv, reason: 'ticket 7' } },
    { token: await admin() },
  );
  expect(body).toEqual({ data: { importChoices: { created: 1, updated: 1 }, again: { unchanged: 2 } } });
  const history = await served.api.send('{ choiceHistory(type: LEAD_SOURCE, first: 1) { nodes { actor operation reason } } }');
  expect(history.body.data.choiceHistory.nodes).toEqual([{ actor: 'tester', operation: 'importChoices', reason: 'ticket 7' }]);
});

test('rows that are refused are told one by one, each with its code and data', async () => {
  const { errors, data } = await run('key,label,active\nmanual,Event,\nweb,,false\n');
  expect(data).toBeNull();
  expect(errors[0]).toMatchObject({
    message: 'csv: nothing of it was imported, because of 1 problem:\n  csv:3: label: expected a value, got an empty cell',
    extensions: {
      code: 'BAD_USER_INPUT',
      path: 'csv',
      total: 1,
      problems: [{ file: 'csv', line: 3, column: 'label', code: 'EMPTY_CELL' }],
    },
  });
  expect(
    (await run('key,label,active\nin_progress,Overdue,true\ntodo,To Do,false\n', { type: 'TASK_STATUS' })).errors[0].extensions,
  ).toMatchObject({
    code: 'BAD_USER_INPUT',
    total: 2,
    problems: [
      { line: 2, column: 'label', code: 'BAD_USER_INPUT', data: { choice: { key: 'overdue' } } },
      { line: 3, column: 'active', code: 'CHOICE_IN_USE', data: { defaultOf: ['Task.status'], alternatives: ['replacementId'] } },
    ],
  });
});

test.each<[string, string, object]>([
  ['half of a surrogate pair', 'key,label\nweb,\ud800\n', { code: 'BAD_USER_INPUT', path: 'csv' }],
  ['a NUL', 'key,label\nweb,a\0\n', { code: 'BAD_USER_INPUT', problems: [{ code: 'NUL_CHARACTER', line: 2, column: 'label' }] }],
  ['nothing', '', { code: 'BAD_USER_INPUT', problems: [{ code: 'NO_HEADER', line: 1 }] }],
  [
    'too many choices',
    ['key,label', ...Array.from({ length: 1_000 }, (_, at) => `k${at},Label ${at}`)].join('\n'),
    { code: 'LIMIT_EXCEEDED', limit: 1_000 },
  ],
])('%s is refused', async (_, csv, extensions) => {
  expect((await run(csv)).errors[0].extensions).toMatchObject(extensions);
});

test('only those who may manage choices import, and only those of their tenant', async () => {
  const csv = 'key,label\nweb,Netz\n';
  expect((await run(csv, {}, await served.api.token('acme', 'reader', 'writer', 'operator'))).errors[0].extensions).toMatchObject({
    code: 'FORBIDDEN',
    role: 'choice-admin',
  });
  expect((await run(csv, {}, await served.api.token(null, 'operator'))).errors[0].extensions.code).toBe('FORBIDDEN');
  const before = await served.api.send(EXPORT);
  expect((await run(csv, {}, await admin('globex'))).data.importChoices).toMatchObject({ updated: 1 });
  expect(await served.api.send(EXPORT)).toEqual(before);
});

test('2026-01 knows none of it', async () => {
  const { body } = await served.api.send(EXPORT, {}, { path: '/graphql/2026-01' });
  expect(body.errors[0].message).toContain('exportChoices');
});
