import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { countClients, countClientsByPath } from './describe-client.ts';
import { findObstacles } from './find-obstacles.ts';
import type { EvidenceReason, MemberUse, RemovalKeys, RemovalVerdict } from './verdict.ts';

/**
 * A verdict over all as it may be told to a tenant: its own uses and data; of others', and of registered documents, which are no
 * tenant's, a number. What is not known well enough is said without figures; those of `evidence`, and its gaps, stay: they are for
 * whoever runs the platform. `known`: the tenant's uses of any coordinates, since not all of them need be among the latest of all.
 */
export function limitToTenant(verdict: RemovalVerdict, tenant: Tenant, known: readonly MemberUse[]): RemovalVerdict {
  const { clients, data, evidence, ...keys } = verdict.keys;
  const own = known
    .filter(({ coordinate, byDefault }) => coordinate === verdict.coordinate && !byDefault)
    .sort((left, right) => right.lastSeen.getTime() - left.lastSeen.getTime());
  return {
    ...verdict,
    keys: {
      ...keys,
      clients: limitClients(clients, tenant, own),
      data: { ok: data.ok, blockers: limitBlockers(verdict, tenant) },
      evidence: limitEvidence(evidence),
    },
  };
}

function limitClients(clients: RemovalKeys['clients'], tenant: Tenant, own: readonly MemberUse[]): RemovalKeys['clients'] {
  const others = clients.uses.filter(({ tenantId }) => tenantId !== tenant.id);
  const { uses, registered } = findObstacles({ ...clients, uses: [...others, ...own] });
  const listed = countClientsByPath(uses) - countClientsByPath(findObstacles(clients).uses);
  return {
    ...clients,
    uses: own,
    registered: [],
    // What of its own was not listed before is listed now.
    othersUsing:
      Math.max(0, clients.othersUsing - listed) + countClients([...uses.filter(({ tenantId }) => tenantId !== tenant.id), ...registered]),
  };
}

/** What is said of each kind, where figures would tell of the traffic of others. */
const SENTENCES: Record<Exclude<EvidenceReason['code'], 'REGISTERED_VARIABLES'>, string> = {
  NEVER_RECORDED: 'what clients use was never recorded',
  TOO_SHORT: 'what clients use is not recorded for long enough',
  PRUNED: 'what is recorded does not reach back far enough',
  SHORT_WINDOW: 'the time that is looked at is too short',
  NO_TRAFFIC: 'too little is recorded',
  GAPS: 'it is not known for all of the time what clients used',
  NOT_STORING: 'a server did not store what clients used',
  LOST: 'not every operation is known with all that it used',
  UNNAMED: 'too many operations came from clients that nobody can name',
  WRITERS: 'it is not known for long enough who writes the data',
};

/** Who registered a document is in its reason. */
function limitEvidence({ reasons, registered, ...evidence }: RemovalKeys['evidence']): RemovalKeys['evidence'] {
  const codes = new Set(reasons.map(({ code }) => code));
  const ofAll = [...codes].flatMap((code) => (code === 'REGISTERED_VARIABLES' ? [] : [{ code, message: `${SENTENCES[code]} (${code})` }]));
  return { ...evidence, registered: [], reasons: [...ofAll, ...describeCount(countClients(registered))] };
}

function describeCount(clients: number): EvidenceReason[] {
  if (clients === 0) return [];
  const message = `${clients} client${clients === 1 ? '' : 's'} registered documents whose variables may use it`;
  return [{ code: 'REGISTERED_VARIABLES', message }];
}

/** What concerns no single tenant may name database roles and programs. */
function limitBlockers({ coordinate, keys: { data } }: RemovalVerdict, tenant: Tenant): Blocker[] {
  const ofAll = data.blockers.filter((blocker) => blocker.tenant === undefined);
  const others = new Set(data.blockers.flatMap((blocker) => blocker.tenant ?? [])).difference(new Set([tenant.slug]));
  return [
    ...data.blockers.filter((blocker) => blocker.tenant === tenant.slug),
    ...ofAll.map(({ code, field = coordinate }) => ({ code, field, message: `${field}: the platform is not ready (${code})` })),
    ...(others.size === 0
      ? []
      : [
          {
            code: 'OTHER_TENANTS',
            message: `${coordinate}: the data of ${others.size} other tenant${others.size === 1 ? '' : 's'} is not ready`,
          },
        ]),
  ];
}
