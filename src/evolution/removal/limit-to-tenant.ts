import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { countClients } from './describe-client.ts';
import { findObstacles } from './find-obstacles.ts';
import type { EvidenceReason, RemovalKeys, RemovalVerdict } from './verdict.ts';

/** A verdict as a tenant may see it: its own uses and data; of others', and of registered documents, which are no tenant's, a number. */
export function limitToTenant(verdict: RemovalVerdict, tenant: Tenant): RemovalVerdict {
  const { clients, data, evidence, ...keys } = verdict.keys;
  return {
    ...verdict,
    keys: {
      ...keys,
      clients: limitClients(clients, tenant),
      data: { ok: data.ok, blockers: limitBlockers(verdict, tenant) },
      evidence: limitEvidence(evidence),
    },
  };
}

function limitClients(clients: RemovalKeys['clients'], tenant: Tenant): RemovalKeys['clients'] {
  const { uses, registered } = findObstacles(clients);
  const others = [...uses.filter(({ tenantId }) => tenantId !== tenant.id), ...registered];
  return {
    ...clients,
    uses: clients.uses.filter(({ tenantId }) => tenantId === tenant.id),
    registered: [],
    othersUsing: clients.othersUsing + countClients(others),
  };
}

/** Who registered a document is in its reason. */
function limitEvidence({ reasons, registered, ...evidence }: RemovalKeys['evidence']): RemovalKeys['evidence'] {
  const ofAll = reasons.filter(({ code }) => code !== 'REGISTERED_VARIABLES');
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
