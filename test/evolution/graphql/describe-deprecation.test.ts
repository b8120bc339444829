import { expect, test } from '@jest/globals';
import { describeDeprecation } from '../../../src/evolution/graphql/describe-deprecation.ts';
import type { RemovalVerdict } from '../../../src/evolution/removal/verdict.ts';

const TENANT = { id: 'id of acme', slug: 'acme', name: 'Acme' };

test('of more than 100 uses the latest are told, and how many clients are left out; a count never leaves the range of Int', () => {
  const uses = Array.from({ length: 130 }, (_, index) => ({
    coordinate: 'Lead.industry',
    version: '2026-11',
    pinned: false,
    client: `client ${Math.floor(index / 2)}`,
    clientVersion: '',
    operation: `Operation${index}`,
    tenantId: TENANT.id,
    tenant: TENANT.slug,
    count: 3_000_000_000,
    lastSeen: new Date(1_800_000_000_000 - index),
    byDefault: false,
  }));
  const figures = {
    window: 1,
    since: new Date(0),
    coveredShare: 1,
    operations: 1,
    unnamedOperations: 0,
    lostOperations: 0,
  };
  const verdict: RemovalVerdict = {
    coordinate: 'Lead.industry',
    reason: 'Use `industryRef`.',
    replacement: 'industryRef',
    since: '2026-11',
    sunset: '2027-07',
    verdict: 'IN_USE',
    keys: {
      clients: { ok: false, uses, registered: [], othersUsing: 0, leavePinned: false },
      data: { ok: true, blockers: [] },
      calendar: { ok: true, passesOn: '2027-07-01' },
      evidence: { ok: true, reasons: [], figures, registered: [], gaps: [] },
    },
  };
  for (const own of [{ tenant: TENANT, uses }, null]) {
    const status = describeDeprecation(verdict, own);
    expect(status.uses.map(({ operation }) => operation)).toEqual(uses.slice(0, 100).map(({ operation }) => operation));
    expect(status.uses[0]!.count).toBe(2_147_483_647);
    expect(status.otherClients).toBe(15);
  }
});
