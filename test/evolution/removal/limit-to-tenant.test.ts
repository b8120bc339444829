import { expect, test } from '@jest/globals';
import { describeRemovalBlockers } from '../../../src/evolution/removal/describe-removal-blockers.ts';
import { limitToTenant } from '../../../src/evolution/removal/limit-to-tenant.ts';
import type { EvidenceReason, RemovalVerdict } from '../../../src/evolution/removal/verdict.ts';

const TENANT = { id: 'id of acme', slug: 'acme', name: 'Acme' };
const CODES = [
  'NEVER_RECORDED',
  'TOO_SHORT',
  'PRUNED',
  'SHORT_WINDOW',
  'NO_TRAFFIC',
  'GAPS',
  'NOT_STORING',
  'LOST',
  'UNNAMED',
  'WRITERS',
] as const satisfies readonly EvidenceReason['code'][];

test('a tenant is told what kind of evidence is missing, and no figure of the traffic of others', () => {
  const reasons = CODES.map((code) => ({ code, message: '33.9 % of 1234 operations since 2026-10-01T00:00:00Z' }));
  const figures = { window: 1, since: new Date(0), coveredShare: 1, operations: 1, unnamedOperations: 0, lostOperations: 0 };
  const verdict: RemovalVerdict = {
    coordinate: 'Lead.industry',
    reason: 'Use `industryRef`.',
    replacement: 'industryRef',
    since: '2026-11',
    sunset: '2027-07',
    verdict: 'INSUFFICIENT_EVIDENCE',
    keys: {
      clients: { ok: true, uses: [], registered: [], othersUsing: 0, leavePinned: false },
      data: { ok: true, blockers: [] },
      calendar: { ok: true, passesOn: '2027-07-01' },
      // Two say the same of who writes.
      evidence: { ok: false, reasons: [...reasons, ...reasons.slice(-1)], figures, registered: [], gaps: [] },
    },
  };
  const told = describeRemovalBlockers(limitToTenant(verdict, TENANT, []));
  expect(told.map(({ code, message }) => [code, /\((\w+)\)$/.exec(message)?.[1]])).toEqual(
    CODES.map((code) => ['INSUFFICIENT_EVIDENCE', code]),
  );
  for (const { message } of told) expect(message).toMatch(/^Lead\.industry: [^\d%]+$/);
});
