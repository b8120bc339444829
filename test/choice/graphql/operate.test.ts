import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { insertRecord } from '../../crm/records.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';

let crm: TestCrm;
let api: TestApi;
let acme: string;
let platform: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
  for (const tenant of ['acme', 'globex'])
    for (const industry of ['tech', 'finance', 'Mystery', 'Technology']) await insertRecord(crm, 'lead', { industry }, tenant);
  await crm.populate();
  api = await startTestApi(crm);
  acme = await api.token('acme', 'operator');
  platform = await api.token(null, 'operator');
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await api.close();
  await crm.close();
});

const RUN =
  'id step fields tenants requestedBy finishedAt reason status progress { done total } error blockers { code field tenant message } findings { code count sampleIds message } reports { coordinate tenant phase missing unmapped accepted unmappedValues { value count accepted } }';

async function ask(query: string, token = acme) {
  const { body } = await api.send(query, {}, { token });
  return body;
}

/** Asks for a step and follows its run to the end. */
async function follow(mutation: string, input: string, token = acme) {
  const begun = await ask(`mutation { ${mutation}(input: { ${input} }) { run { ${RUN} } } }`, token);
  expect(begun.errors).toBeUndefined();
  const { id, status } = begun.data[mutation].run;
  expect(status).toBe('RUNNING');
  let run = begun.data[mutation].run;
  await waitUntil(`${mutation} has ended`, async () => {
    run = (await ask(`{ choiceRun(id: "${id}") { ${RUN} } }`, token)).data.choiceRun;
    return run.status !== 'RUNNING';
  });
  return run;
}

async function phaseOf(field: string, token = acme): Promise<string> {
  const { data } = await ask('{ choiceFields { field phase } }', token);
  return data.choiceFields.find((status: { field: string }) => status.field === field).phase;
}

const countRuns = async () =>
  (await crm.owner.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM choice_run')).rows[0]!.count;

describe("a tenant's operator", () => {
  test('takes a field from populated to preferred and back, and is told at each step what is left to decide', async () => {
    const first = await follow('migrateChoices', 'fields: [LEAD_INDUSTRY]');
    expect(first).toMatchObject({
      step: 'MIGRATE',
      fields: ['LEAD_INDUSTRY'],
      tenants: ['acme'],
      requestedBy: 'tester',
      status: 'BLOCKED',
      progress: { done: 2, total: 2 },
      blockers: [{ code: 'UNMAPPED', field: 'Lead.industry', tenant: 'acme' }],
    });
    expect(first.reports).toMatchObject([{ coordinate: 'Lead.industry', tenant: 'acme', phase: 'POPULATED', missing: 0, unmapped: 2 }]);
    expect(first.reports[0].unmappedValues.map(({ value }: { value: string }) => value).sort()).toEqual(['Mystery', 'Technology']);

    const mapped = await ask(
      'mutation { mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [{ value: "Technology", key: "tech" }] }) { mapped { value key added rows remapped } } }',
    );
    expect(mapped.data.mapChoiceValues.mapped).toEqual([{ value: 'Technology', key: 'tech', added: true, rows: 1, remapped: 0 }]);
    const accepted = await ask(
      'mutation { acceptChoiceValues(input: { field: LEAD_INDUSTRY, values: ["Mystery"], reason: "one old deal" }) { accepted { value count added } } }',
    );
    expect(accepted.data.acceptChoiceValues.accepted).toEqual([{ value: 'Mystery', count: 1, added: true }]);

    expect(await follow('migrateChoices', 'fields: [LEAD_INDUSTRY]')).toMatchObject({ status: 'SUCCEEDED', blockers: [] });
    expect(await phaseOf('LEAD_INDUSTRY')).toBe('MIGRATED');
    expect(await follow('verifyChoices', 'fields: [LEAD_INDUSTRY]')).toMatchObject({ status: 'SUCCEEDED', findings: [], progress: null });
    expect(await follow('preferChoices', 'fields: [LEAD_INDUSTRY]')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await phaseOf('LEAD_INDUSTRY')).toBe('PREFERRED');
    expect(await follow('rollbackChoices', 'fields: [LEAD_INDUSTRY], to: POPULATED, reason: "a rehearsal"')).toMatchObject({
      status: 'SUCCEEDED',
      reason: 'a rehearsal',
    });
    expect(await phaseOf('LEAD_INDUSTRY')).toBe('POPULATED');
    const { rows } = await crm.owner.pool.query<{ to_phase: string; changed_by: string }>(
      `SELECT to_phase, changed_by FROM choice_phase_change WHERE field = 'Lead.industry' AND tenant_id = $1 ORDER BY id DESC LIMIT 3`,
      [crm.tenant('acme').id],
    );
    expect(rows).toEqual(['populated', 'preferred', 'migrated'].map((to_phase) => ({ to_phase, changed_by: 'tester' })));
  });

  test('is told by a dry run what a run would do, and nothing is kept of it', async () => {
    const before = await countRuns();
    const { data } = await ask(`mutation { migrateChoices(input: { fields: [ACCOUNT_TIER], dryRun: true }) { run { ${RUN} } } }`);
    expect(data.migrateChoices.run).toMatchObject({
      id: null,
      status: 'SUCCEEDED',
      reports: [{ coordinate: 'Account.tier', phase: 'MIGRATED' }],
    });
    expect(data.migrateChoices.run.finishedAt).not.toBeNull();
    expect(await phaseOf('ACCOUNT_TIER')).toBe('POPULATED');
    expect(await countRuns()).toBe(before);
  });

  test('pauses and resumes the backfills that are asked for', async () => {
    await crm.owner.pool.query(`UPDATE choice_tenant_state SET wanted = true WHERE field = 'Task.status' AND tenant_id = $1`, [
      crm.tenant('globex').id,
    ]);
    const { data } = await ask(
      'mutation { pauseMigration(input: { fields: [TASK_STATUS], tenants: ["globex"], reason: "month end" }) { parts } }',
      platform,
    );
    expect(data.pauseMigration).toEqual({ parts: 1 });
    const ahead = await ask('mutation { migrateChoices(input: { fields: [TASK_STATUS], dryRun: true }) { run { id } } }', platform);
    expect(ahead.errors[0]).toMatchObject({
      message: 'PAUSED',
      extensions: { code: 'CONFLICT', blockers: [{ code: 'PAUSED', tenant: 'globex', message: 'PAUSED' }] },
    });
    const idle = await ask('mutation { resumeMigration(input: { reason: "nobody keeps it" }) { parts } }');
    expect(idle.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await ask('mutation { resumeMigration(input: { fields: [TASK_STATUS] }) { parts } }')).data.resumeMigration).toEqual({
      parts: 0,
    });
    expect((await ask('mutation { resumeMigration(input: {}) { parts } }', platform)).data.resumeMigration).toEqual({ parts: 1 });
    await crm.owner.pool.query(`UPDATE choice_tenant_state SET wanted = false`);
  });

  test("neither works on another tenant nor sees another's runs", async () => {
    const { errors } = await ask(`mutation { migrateChoices(input: { tenants: ["globex"] }) { run { id } } }`);
    expect(errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    const own = await follow('verifyChoices', 'fields: [LEAD_STATUS]');
    const everybody = await follow('verifyChoices', 'fields: [LEAD_STATUS]', platform);
    const globex = await api.token('globex', 'operator');
    for (const { id } of [own, everybody]) expect((await ask(`{ choiceRun(id: "${id}") { id } }`, globex)).data.choiceRun).toBeNull();
    expect((await ask('{ choiceRuns { id } }', globex)).data.choiceRuns).toEqual([]);
    expect((await ask(`{ choiceRun(id: "${everybody.id}") { id } }`)).data.choiceRun).toBeNull();
    const runs: { id: string }[] = (await ask('{ choiceRuns(first: 100) { id } }')).data.choiceRuns;
    expect(runs[0]).toEqual({ id: own.id });
    expect(runs).not.toContainEqual({ id: everybody.id });
  });
});

describe("the platform's operator", () => {
  test('works on every tenant, or on those named, and sees figures instead of values', async () => {
    const run = await follow('migrateChoices', 'fields: [LEAD_INDUSTRY]', platform);
    expect(run).toMatchObject({ tenants: null, status: 'BLOCKED' });
    expect(run.reports).toMatchObject([
      { tenant: 'acme', unmapped: 1, accepted: 1, unmappedValues: null },
      { tenant: 'globex', unmapped: 2, accepted: 0, unmappedValues: null },
    ]);
    const verified = await follow('verifyChoices', 'fields: [LEAD_INDUSTRY], tenants: ["globex"]', platform);
    expect(verified).toMatchObject({ tenants: ['globex'], findings: [{ code: 'UNMAPPED', count: 2, sampleIds: [], message: 'UNMAPPED' }] });
    expect(JSON.stringify([run, verified])).not.toContain('Mystery');
  });

  test('maps and accepts nothing: values are the tenants', async () => {
    const map = 'mutation { mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [{ value: "a", key: "tech" }] }) { mapped { value } } }';
    const accept = 'mutation { acceptChoiceValues(input: { field: LEAD_INDUSTRY, values: ["a"], reason: "b" }) { accepted { value } } }';
    for (const mutation of [map, accept]) expect((await ask(mutation, platform)).errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('what is refused', () => {
  let before: number;
  beforeEach(async () => {
    before = await countRuns();
  });
  const run = '{ run { id } }';
  const rows = [
    ['an unknown tenant', `migrateChoices(input: { tenants: ["nobody"] }) ${run}`, 'BAD_USER_INPUT', 'nobody', true],
    ['no tenant at all', `migrateChoices(input: { tenants: [] }) ${run}`, 'BAD_USER_INPUT', 'tenants: expected at least one', true],
    ['no field at all', `verifyChoices(input: { fields: [] }) ${run}`, 'BAD_USER_INPUT', 'fields: expected at least one', false],
    [
      'an unknown key',
      `mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [{ value: "a", key: "nope" }] }) { mapped { value } }`,
      'BAD_USER_INPUT',
      'nope',
      false,
    ],
    ['no pair', `mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [] }) { mapped { value } }`, 'BAD_USER_INPUT', 'pairs', false],
    [
      'a value that is mapped already',
      `mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [{ value: "Technology", key: "finance" }] }) { mapped { value } }`,
      'CONFLICT',
      'Technology',
      false,
    ],
    [
      'no value',
      `acceptChoiceValues(input: { field: LEAD_INDUSTRY, values: [], reason: "x" }) { accepted { value } }`,
      'BAD_USER_INPUT',
      'values',
      false,
    ],
    [
      'no reason',
      `acceptChoiceValues(input: { field: LEAD_INDUSTRY, values: ["Mystery"], reason: " " }) { accepted { value } }`,
      'BAD_USER_INPUT',
      'reason',
      false,
    ],
    [
      'a dry run of what is ahead',
      `rollbackChoices(input: { fields: [LEAD_STATUS], to: CONTRACTED, dryRun: true }) ${run}`,
      'CONFLICT',
      '',
      true,
    ],
  ] as const;
  test.each(rows)('%s', async (_, mutation, code, words, byPlatform) => {
    const { errors } = await ask(`mutation { ${mutation} }`, byPlatform ? platform : acme);
    expect(errors[0]).toMatchObject({ message: expect.stringContaining(words), extensions: { code } });
    expect(await countRuns()).toBe(before);
  });

  test.each(['legacy', 'contracted'])('a rollback to %s: its run is blocked, and says why', async (phase) => {
    const blocked = await follow('rollbackChoices', `to: ${phase.toUpperCase()}`, platform);
    expect(blocked.status).toBe('BLOCKED');
    expect(blocked.blockers.length).toBeGreaterThan(0);
  });

  test('whoever is no operator', async () => {
    const writer = await api.token('acme', 'writer', 'choice-admin');
    for (const mutation of rows.map(([, text]) => `mutation { ${text} }`).concat('{ choiceRuns { id } }', '{ choiceRun(id: "x") { id } }'))
      expect((await ask(mutation, writer)).errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

test('a run whose server is gone is taken over', async () => {
  const { rows } = await crm.owner.pool.query<{ id: string }>(
    `INSERT INTO choice_run (step, fields, tenant_ids, requested_by, process_id) VALUES ('verify', '{Task.priority}', ARRAY[$1::uuid], 'somebody', gen_random_uuid()) RETURNING id`,
    [crm.tenant('acme').id],
  );
  await waitUntil('the run has ended', async () => {
    const { data } = await ask(`{ choiceRun(id: "${rows[0]!.id}") { status requestedBy } }`);
    return data.choiceRun.status === 'SUCCEEDED';
  });
});
