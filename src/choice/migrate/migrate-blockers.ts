import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { PartProgress } from './progress.ts';
import { countUnaccepted, type FieldReport } from './report.ts';

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
  const { field, tenant, missing, drift, quarantined = 0 } = report;
  const unaccepted = countUnaccepted(report);
  const error = progress.find((part) => part.field === field && part.tenant === tenant)?.quarantineError ?? 'see choices verify';
  const block = (code: string, count: number, what: string): Blocker[] =>
    count > 0 ? [{ code, field, tenant, message: `${field} of ${tenant}: ${count} rows ${what}` }] : [];
  return [
    ...block('UNMAPPED', unaccepted, 'carry values that no choice has. Map or accept them'),
    ...block('QUARANTINED', quarantined, `could not be written, and were passed over: ${error}. Mend that, then run choices migrate again`),
    ...block('MISSING', missing - quarantined, 'lack the ref that their value resolves to. Run choices migrate again'),
    ...block('DRIFT', drift, 'refer to another choice than their legacy value. Run choices verify'),
  ];
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
