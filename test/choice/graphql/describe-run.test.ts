import { describe, expect, test } from '@jest/globals';
import { describeRun } from '../../../src/choice/graphql/operate/describe-run.ts';
import { operate, type Operator } from '../../../src/choice/graphql/operate/operator.ts';
import type { FieldReport } from '../../../src/choice/migrate/report.ts';
import type { ChoiceRun } from '../../../src/choice/runs/choice-run.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { BlockedError } from '../../../src/errors.ts';

const acme: Operator = { subject: 'ada', tenant: { id: 'a', slug: 'acme', name: 'Acme' } };
const platform: Operator = { subject: 'root', tenant: null };

const WORDS = 'a secret of acme';
const BLOCKERS = [
  { code: 'QUARANTINED', field: 'Lead.industry', tenant: 'acme', message: `could not be written: ${WORDS}` },
  { code: 'PAUSED', field: 'Lead.industry', tenant: 'acme', message: `paused by ada (${WORDS})` },
  { code: 'SERVERS_LIVE', field: 'Lead.industry', message: 'servers are live: choices serve' },
];
const figures = { tenant: 'acme', phase: 'populated', rows: 1, mapped: 0, empty: 0, missing: 0, drift: 0 } as const;
const reportOf = (field: string): FieldReport => ({
  ...figures,
  field,
  unmapped: [{ value: WORDS, count: 1, accepted: false, suggestions: [] }],
});
const RUN: ChoiceRun = {
  id: 'r',
  step: 'migrate',
  fields: ['Lead.industry', 'Lead.gone'],
  tenants: ['acme'],
  requestedBy: 'ada',
  requestedAt: '2026-11-22T00:00:00.000Z',
  finishedAt: null,
  reason: WORDS,
  status: 'blocked',
  progress: null,
  result: { ok: false, fields: [reportOf('Lead.gone'), reportOf('Lead.industry')], findings: [], blockers: BLOCKERS },
  error: WORDS,
};

describe("a run of a tenant's", () => {
  test("is told to the tenant's operator in its own words", () => {
    expect(describeRun(choiceRegistry, acme, RUN)).toMatchObject({
      reason: WORDS,
      error: WORDS,
      blockers: BLOCKERS.map(({ message }) => ({ message })),
    });
  });

  test("is told to the platform's operator without them: what a blocker says of a tenant is its code", () => {
    const told = describeRun(choiceRegistry, platform, { ...RUN, result: { ...RUN.result!, fields: [] } });
    expect(told.blockers.map(({ code, message, tenant }) => [code, message, tenant])).toEqual([
      ['QUARANTINED', 'QUARANTINED', 'acme'],
      ['PAUSED', 'PAUSED', 'acme'],
      ['SERVERS_LIVE', 'servers are live: choices serve', null],
    ]);
    expect(told).toMatchObject({ reason: null, error: expect.stringContaining('It failed') });
    expect(JSON.stringify({ ...told, result: undefined })).not.toContain(WORDS);
  });
});

test('a run of the platform’s own tells its operator why it failed', () => {
  expect(describeRun(choiceRegistry, platform, { ...RUN, tenants: null, reason: 'a try', error: 'no lock' })).toMatchObject({
    reason: 'a try',
    error: 'no lock',
  });
});

test('a field that is there no more is left out, and hides nothing of the others', () => {
  const { fields, reports } = describeRun(choiceRegistry, acme, RUN);
  expect(fields).toEqual(['LEAD_INDUSTRY']);
  expect(reports.map(({ coordinate }) => coordinate)).toEqual(['Lead.industry']);
});

test.each([
  ['the tenant’s operator', acme, BLOCKERS.map(({ message }) => message)],
  ['the platform’s', platform, ['QUARANTINED', 'PAUSED', BLOCKERS[2]!.message]],
])('a gate that is shut is told to %s in the words that it may know', async (_, operator, messages) => {
  const refused = operate(operator, () => Promise.reject(new BlockedError(BLOCKERS)));
  await expect(refused).rejects.toMatchObject({
    code: 'CONFLICT',
    message: messages.join('\n'),
    data: { blockers: messages.map((message) => ({ message })) },
  });
});
