import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { findDataBlockers } from './data-blockers.ts';
import type { PartProgress } from './progress.ts';
import type { FieldReport } from './report.ts';

/** What keeps a run from beginning: tenants without choices, and parts that somebody paused. */
export function findGateBlockers(fields: readonly ChoiceField[], tenants: readonly Tenant[], progress: readonly PartProgress[]): Blocker[] {
  const populated = new Set(progress.map(({ field, tenant }) => `${field} ${tenant}`));
  const unpopulated = fields.flatMap(({ coordinate }) =>
    tenants.filter(({ slug }) => !populated.has(`${coordinate} ${slug}`)).map(({ slug }) => notPopulated(coordinate, slug)),
  );
  return [...unpopulated, ...progress.flatMap((part) => (part.wanted && part.paused !== null ? [isPaused(part, part.paused)] : []))];
}

/** What is left of a field and tenant after a run. */
export function findLeftovers(report: FieldReport, progress: readonly PartProgress[]): Blocker[] {
  const part = progress.find(({ field, tenant }) => field === report.field && tenant === report.tenant);
  return findDataBlockers(report, part?.quarantineError ?? undefined);
}

/** Who kept parts from being done, once each. */
export function findUnfinished(progress: readonly PartProgress[]): Blocker[] {
  const reasons = progress.flatMap(({ wanted, error }) => (wanted || error === null ? [] : error.split('\n')));
  return [...new Set(reasons)].map((reason) => ({
    code: 'OPEN_TRANSACTION',
    message: `${reason}. End it, then run choices migrate again`,
  }));
}

function notPopulated(field: string, tenant: string): Blocker {
  const message = `${field} of ${tenant} has no choices yet. Run: choices populate --field ${field} --tenant ${tenant}`;
  return { code: 'NOT_POPULATED', field, tenant, message };
}

function isPaused({ field, tenant }: PartProgress, { by, reason }: NonNullable<PartProgress['paused']>): Blocker {
  const why = reason === null ? '' : ` (${reason})`;
  const message = `${field} of ${tenant} was paused by ${by}${why}. Run: choices resume --field ${field} --tenant ${tenant}`;
  return { code: 'PAUSED', field, tenant, message };
}
