import { describe, expect, test } from '@jest/globals';
import { createClientNames } from '../../../src/evolution/usage/client-names.ts';
import { createUsageBuffer, usageLimits, type UsageLimits } from '../../../src/evolution/usage/usage-buffer.ts';
import { isDeprecated, NOON, OTHER_TENANT, TENANT, useOf } from './usage-database.ts';

function createBuffer(limits: Partial<UsageLimits>) {
  let now = NOON;
  const buffer = createUsageBuffer(isDeprecated, { ...usageLimits, ...limits }, () => now);
  const take = () => {
    const { rows, figures } = buffer.take();
    return {
      rows: rows.map(({ shape, client, clientVersion, tenantId, count }) => [
        shape.operation,
        [...shape.used.explicit, ...shape.used.defaulted.map((coordinate) => `(${coordinate})`)].join(' '),
        `${client}@${clientVersion}`,
        tenantId === null ? 'no tenant' : tenantId.slice(0, 8),
        count,
      ]),
      figures: [...figures.values()],
    };
  };
  return { buffer, take, setNow: (time: number) => void (now = time) };
}

const MIXED = ['Account.industry', 'Lead.id', 'Lead.industry', 'Query.leads'];

describe('past the number of shapes in an hour', () => {
  test('known ones are counted, new ones are cut to what is deprecated, by name and by default', () => {
    const { buffer, take } = createBuffer({ shapes: 2 });
    for (const operation of ['One', 'Two', 'Three', 'Four', 'One']) buffer.record(useOf(MIXED, { operation }));
    buffer.record(useOf(['Lead.id'], { operation: 'Modern' }));
    buffer.record(useOf(['Lead.id'], { operation: 'Tacit' }, ['Lead.industry', 'Lead.order']));
    expect(take()).toEqual({
      rows: [
        ['One', MIXED.join(' '), 'web@1.0', '0190aaaa', 2],
        ['Two', MIXED.join(' '), 'web@1.0', '0190aaaa', 1],
        ['(others)', 'Account.industry', 'web@1.0', '0190aaaa', 2],
        ['(others)', 'Lead.industry', 'web@1.0', '0190aaaa', 2],
        ['(others)', '(Lead.industry)', 'web@1.0', '0190aaaa', 1],
      ],
      figures: [{ operations: 7, unnamed: 0, lost: 4 }],
    });
  });

  test('the next hour has room again, a flush makes none', () => {
    const { buffer, take, setNow } = createBuffer({ shapes: 1 });
    buffer.record(useOf(MIXED, { operation: 'One' }));
    take();
    buffer.record(useOf(['Lead.id'], { operation: 'Two' }));
    expect(take().rows).toEqual([]);
    setNow(NOON + 3_600_000);
    buffer.record(useOf(['Lead.id'], { operation: 'Two' }));
    expect(take().rows).toHaveLength(1);
  });

  test('many coordinates count as much as many shapes', () => {
    const { buffer, take } = createBuffer({ coordinates: 5 });
    buffer.record(useOf(MIXED, { operation: 'One' }));
    buffer.record(useOf(MIXED, { operation: 'Two' }));
    buffer.record(useOf(['Lead.id'], { operation: 'Three' }));
    expect(take().rows.map(([operation]) => operation)).toEqual(['One', '(others)', '(others)', 'Three']);
  });
});

describe('past the number of rows in memory', () => {
  test('what is deprecated is kept, at last without client and tenant', () => {
    const { buffer, take } = createBuffer({ rows: 1, reservedRows: 2 });
    for (const tenantId of [TENANT, OTHER_TENANT, null]) buffer.record(useOf(['Lead.industry'], { tenantId }));
    buffer.record(useOf(['Lead.id'], { operation: 'Modern' }));
    for (const client of ['ios', 'android']) buffer.record(useOf(['Lead.industry'], { client }));
    buffer.record(useOf(['Lead.industry']));
    const { rows, figures } = take();
    expect(rows).toEqual([
      ['Leads', 'Lead.industry', 'web@1.0', '0190aaaa', 2],
      ['(others)', 'Lead.industry', 'web@1.0', '0190bbbb', 1],
      ['(others)', 'Lead.industry', 'web@1.0', 'no tenant', 1],
      ['(others)', 'Lead.industry', '(others)@', 'no tenant', 2],
    ]);
    expect(figures).toEqual([{ operations: 7, unnamed: 0, lost: 5 }]);
  });

  test('rows that wait to be stored take their room until they are released', () => {
    const { buffer, take } = createBuffer({ rows: 2 });
    buffer.record(useOf(['Lead.id'], { operation: 'One' }));
    take();
    buffer.record(useOf(['Lead.id'], { operation: 'Two' }));
    buffer.record(useOf(['Lead.id'], { operation: 'Three' }));
    expect(buffer.statistics()).toEqual({ operations: 3, lost: 1, held: 2 });
    buffer.release(1);
    buffer.record(useOf(['Lead.id'], { operation: 'Three' }));
    expect(buffer.statistics()).toEqual({ operations: 4, lost: 1, held: 2 });
  });

  test('however many operations, clients and tenants there are, memory stays bounded', () => {
    const { buffer } = createBuffer({ rows: 50, reservedRows: 20, shapes: 30, clients: 10 });
    for (let use = 0; use < 5_000; use += 1)
      buffer.record(
        useOf(MIXED, {
          operation: `Op${use % 101}`,
          client: `client${use % 97}`,
          clientVersion: `${use % 89}`,
          tenantId: `0190aaaa-0000-7000-8000-0000000${String(use).padStart(5, '0')}`,
        }),
      );
    expect(buffer.statistics().held).toBeLessThanOrEqual(50 + 20 + 2);
    const { rows } = buffer.take();
    const industries = rows.flatMap(({ shape, count }) => (shape.used.explicit.includes('Lead.industry') ? [count] : []));
    expect(industries.reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });
});

test('past the number of clients a new one loses its version, then its name; a known one stays as it is', () => {
  const find = createClientNames(2);
  const named = (client: string, version: string) => Object.values(find(client, version)).join('@');
  expect([named('web', '1'), named('ios', '1')]).toEqual(['web@1', 'ios@1']);
  expect([named('web', '2'), named('android', '7'), named('web', '3'), named('tv', '1')]).toEqual([
    'web@',
    'android@',
    'web@',
    '(others)@',
  ]);
  expect([named('web', '1'), named('android', '8'), named('', '5')]).toEqual(['web@1', 'android@', '(others)@']);
});

test('names that contain what others are made of are not mixed up', () => {
  const { buffer, take } = createBuffer({});
  buffer.record(useOf(['Lead.id'], { client: 'a b', clientVersion: 'c' }));
  buffer.record(useOf(['Lead.id'], { client: 'a', clientVersion: 'b c' }));
  expect(take().rows).toHaveLength(2);
});

test('clients without a name, and those that there was no room for, are unnamed', () => {
  const { buffer, take } = createBuffer({ clients: 1 });
  for (const client of ['web', '', 'tv', '\0']) buffer.record(useOf(['Lead.id'], { client }));
  expect(take().figures).toEqual([{ operations: 4, unnamed: 3, lost: 0 }]);
});
