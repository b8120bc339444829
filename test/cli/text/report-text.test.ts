import { describe, expect, test } from '@jest/globals';
import type { FieldReport, UnmappedValue } from '../../../src/choice/migrate/report.ts';
import { describeReport, describeUnsettled } from '../../../src/cli/text/report-text.ts';

describe('describeReport', () => {
  test('lists each unmapped value with its count and the command that would settle it', () => {
    const text = describeReport({
      ok: false,
      fields: [
        fieldReport([
          unmapped('Tech', 33, ['tech']),
          unmapped('tech\u00a0', 20, ['tech', 'other']),
          unmapped('tech ', 9, ['tech']),
          unmapped('cold call', 7, []),
          unmapped('-x', 5, ['other']),
          unmapped('pharma', 3, [], true),
        ]),
      ],
      blockers: [{ code: 'UNMAPPED', field: 'Lead.industry', tenant: 'globex', message: '74 rows' }],
    });
    expect(text).toBe(
      String.raw`field          tenant  phase      rows  mapped  empty  missing  drift  unmapped  accepted
Lead.industry  globex  populated   100      23      0        0      0        77         3

Lead.industry of globex: 6 values that no choice stands for
  value         rows  like         settled by
  Tech            33  tech         choices map Lead.industry --tenant globex Tech=tech
  "tech\u00a0"    20  tech, other  choices map Lead.industry --tenant globex $'tech\302\240=tech'
  "tech "          9  tech         choices map Lead.industry --tenant globex 'tech =tech'
  cold call        7  –            choices accept Lead.industry --tenant globex --reason 'WHY IT MAY STAY' 'cold call'
  -x               5  other        choices map Lead.industry --tenant globex -- -x=other
  pharma           3  –            (accepted as it is)
  or: choices map Lead.industry --tenant globex VALUE=KEY, to map a value to any other choice

Blocked:
  UNMAPPED: 74 rows`,
    );
  });

  test.each([
    ['legacy', 'first: choices expand --field Lead.industry, then choices populate --field Lead.industry --tenant globex'],
    ['expanded', 'first: choices populate --field Lead.industry --tenant globex'],
  ] as const)('at the phase %s, where a tenant has no choices, it names the step that comes first', (phase, step) => {
    const text = describeReport({ ok: true, fields: [{ ...fieldReport([unmapped('tech', 3, ['tech'])]), phase }], blockers: [] });
    expect(text).toContain(step);
    expect(text).not.toContain('choices map');
  });

  test('shows the updated rows where the report has them', () => {
    const [header, row] = describeReport({ ok: true, fields: [{ ...fieldReport([]), updated: 12 } as FieldReport], blockers: [] }).split(
      '\n',
    );
    expect(header).toMatch(/updated$/);
    expect(row).toMatch(/ 12$/);
  });

  test('shows the rows in quarantine where there are any', () => {
    const describe = (quarantined: number) =>
      describeReport({ ok: true, fields: [{ ...fieldReport([]), quarantined }], blockers: [] }).split('\n');
    expect(describe(0)[0]).toMatch(/accepted$/);
    expect(describe(7)).toEqual([expect.stringMatching(/quarantined$/), expect.stringMatching(/ 7$/)]);
  });

  test('says how to get a tenant where there is none', () => {
    expect(describeReport({ ok: true, fields: [], blockers: [] })).toContain('choices tenant create SLUG');
  });
});

describe('describeUnsettled', () => {
  test('counts the values that nobody accepted, and their rows', () => {
    expect(describeUnsettled([fieldReport([unmapped('a', 2, []), unmapped('b', 3, [], true)]), fieldReport([unmapped('c', 1, [])])])).toBe(
      '2 values on 3 rows',
    );
  });

  test('is nothing where every value is accepted', () => {
    expect(describeUnsettled([fieldReport([unmapped('b', 3, [], true)])])).toBeUndefined();
  });
});

function fieldReport(values: readonly UnmappedValue[]): FieldReport {
  const unmappedRows = values.reduce((sum, value) => sum + value.count, 0);
  const counts = { rows: 100, mapped: 100 - unmappedRows, empty: 0, missing: 0, drift: 0 };
  return { field: 'Lead.industry', tenant: 'globex', phase: 'populated', ...counts, unmapped: values };
}

function unmapped(value: string, count: number, suggestions: string[], accepted = false): UnmappedValue {
  return { value, count, accepted, suggestions };
}
