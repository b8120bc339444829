import { expect, test } from '@jest/globals';
import type { Finding } from '../../../src/choice/migrate/verify/finding.ts';
import { describeFinding } from '../../../src/cli/text/findings-text.ts';

const FINDING: Finding = {
  code: 'DRIFT',
  field: 'Lead.industry',
  tenant: 'acme',
  message: 'rows refer to another choice',
  count: 2,
  sampleIds: ['id-1', 'id-2'],
  remedy: 'choices map Lead.industry --tenant acme --remap VALUE=KEY',
};

test('tells where, how many, for example which, and what mends it', () => {
  expect(describeFinding(FINDING)).toBe(
    [
      'DRIFT Lead.industry of acme: 2',
      '  rows refer to another choice',
      '  for example: id-1, id-2',
      '  remedy: choices map Lead.industry --tenant acme --remap VALUE=KEY',
    ].join('\n'),
  );
});

test('shows the command as one types it, where there is one', () => {
  const command = ['map', 'Lead.industry', '--tenant', 'acme', '--remap', 'tech\u00a0=tech', 'tech=tech'];
  expect(describeFinding({ ...FINDING, command })).toContain(
    String.raw`remedy: choices map Lead.industry --tenant acme --remap $'tech\302\240=tech' tech=tech`,
  );
});

test('names no tenant where the fault is everybody’s, and hides nothing that a message brings along', () => {
  const { field, count, remedy } = FINDING;
  expect(describeFinding({ field, count, remedy, code: 'INDEX', message: 'a\u001b[2Jb', sampleIds: [] })).toBe(
    ['INDEX Lead.industry: 2', String.raw`  a\u001b[2Jb`, `  remedy: ${FINDING.remedy}`].join('\n'),
  );
});
