import { describe, expect, test } from '@jest/globals';
import { createClientNames } from '../../../src/evolution/usage/client-names.ts';
import { createUsageClock } from '../../../src/evolution/usage/usage-clock.ts';
import { createUsageBuffer, usageLimits, type UsageLimits } from '../../../src/evolution/usage/usage-buffer.ts';
import { isDeprecated, NOON, OTHER_TENANT, TENANT, useOf } from './usage-database.ts';

function createBuffer(limits: Partial<UsageLimits>) {
  let now = NOON;
  const clock = createUsageClock(() => now);
  const buffer = createUsageBuffer(isDeprecated, { ...usageLimits, tenantShare: 1, ...limits }, clock);
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
      figures: figures.map(({ operations, unnamed, lost }) => ({ operations, unnamed, lost })),
    };
  };
  return { buffer, clock, take, setNow: (time: number) => void (now = time) };
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
  const find = createClientNames(2, 1);
  const named = (client: string, version: string) => Object.values(find(client, version, TENANT)).join('@');
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

describe('what one tenant invents leaves room for the others', () => {
  const invent = (record: (index: number) => void) => Array.from({ length: 50 }, (_, index) => record(index));

  test('clients', () => {
    const { buffer, take } = createBuffer({ clients: 10, tenantShare: 0.2 });
    invent((index) => buffer.record(useOf(['Lead.id'], { client: `fake${index}`, clientVersion: '1' })));
    buffer.record(useOf(['Lead.id'], { client: 'web', clientVersion: '2', tenantId: OTHER_TENANT }));
    // What another tenant brought in is known.
    buffer.record(useOf(['Lead.id'], { client: 'web', clientVersion: '2' }));
    const { rows, figures } = take();
    expect(rows.map(([, , client, tenant, count]) => [client, tenant, count])).toEqual([
      ['fake0@1', '0190aaaa', 1],
      ['fake1@1', '0190aaaa', 1],
      ['fake2@', '0190aaaa', 1],
      ['fake3@', '0190aaaa', 1],
      ['(others)@', '0190aaaa', 46],
      ['web@2', '0190bbbb', 1],
      ['web@2', '0190aaaa', 1],
    ]);
    expect(figures).toEqual([{ operations: 52, unnamed: 46, lost: 0 }]);
  });

  test('operations, whole and cut to what is deprecated', () => {
    const { buffer, take } = createBuffer({ shapes: 10, tenantShare: 0.2 });
    invent((index) => buffer.record(useOf(MIXED, { operation: `Fake${index}` })));
    buffer.record(useOf(MIXED, { operation: 'Honest', tenantId: OTHER_TENANT }));
    expect(take()).toEqual({
      rows: [
        ['Fake0', MIXED.join(' '), 'web@1.0', '0190aaaa', 1],
        ['Fake1', MIXED.join(' '), 'web@1.0', '0190aaaa', 1],
        ['(others)', 'Account.industry', 'web@1.0', '0190aaaa', 48],
        ['(others)', 'Lead.industry', 'web@1.0', '0190aaaa', 48],
        ['Honest', MIXED.join(' '), 'web@1.0', '0190bbbb', 1],
      ],
      figures: [{ operations: 51, unnamed: 0, lost: 48 }],
    });
  });

  test('coordinates, and rows in memory', () => {
    for (const limits of [{ coordinates: 40 }, { rows: 10, reservedRows: 100 }]) {
      const { buffer, take } = createBuffer({ ...limits, tenantShare: 0.2 });
      invent((index) => buffer.record(useOf(MIXED, { operation: `Fake${index}` })));
      buffer.record(useOf(MIXED, { operation: 'Honest', tenantId: OTHER_TENANT }));
      expect(take().rows.map(([operation]) => operation)).toEqual(['Fake0', 'Fake1', '(others)', '(others)', 'Honest']);
    }
  });
});

test('a path of a version makes shapes of its own, whole and cut', () => {
  const { buffer, take } = createBuffer({ shapes: 2 });
  for (const pinned of [true, false, true]) buffer.record(useOf(['Lead.industry'], { pinned }));
  buffer.record(useOf(['Lead.industry'], { operation: 'Other' }));
  buffer.record(useOf(['Lead.industry'], { operation: 'Other', pinned: true }));
  expect(take().rows.map(([operation, , , , count]) => [operation, count])).toEqual([
    ['Leads', 2],
    ['Leads', 1],
    ['(others)', 1],
    ['(others)', 1],
  ]);
});

test('an operation of which nobody knows what it used is counted, and lost', () => {
  const { buffer, take } = createBuffer({});
  buffer.recordLost();
  expect(buffer.statistics()).toEqual({ operations: 1, lost: 1, held: 0 });
  expect(take()).toEqual({ rows: [], figures: [{ operations: 1, unnamed: 0, lost: 1 }] });
});

test('hours are those of the database’s clock, as soon as it is known', () => {
  const { buffer, clock, setNow } = createBuffer({});
  const recordAt = (time: number) => {
    setNow(time);
    buffer.record(useOf(['Lead.id']));
  };
  const counts = () => buffer.take().rows.map(({ count, lastSeen }) => [count, clock.date(lastSeen)]);
  recordAt(NOON);
  recordAt(NOON + 1);
  // A minute before eleven, by the database.
  clock.set(NOON - 3_660_000, NOON + 2);
  expect(counts()).toEqual([[2, NOON - 3_660_001]]);
  for (const time of [NOON + 60_001, NOON + 60_002, NOON + 60_003]) recordAt(time);
  expect(counts()).toEqual([
    [1, NOON - 3_600_001],
    [2, NOON - 3_599_999],
  ]);
});
