import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { RemovalKeys, RemovalVerdict } from './verdict.ts';

/** A verdict as a tenant may see it: its own uses and data; of others', and of registered documents, which are no tenant's, a number. */
export function limitToTenant(verdict: RemovalVerdict, tenant: Tenant): RemovalVerdict {
  const { clients, data, ...keys } = verdict.keys;
  return {
    ...verdict,
    keys: { ...keys, clients: limitClients(clients, tenant), data: { ok: data.ok, blockers: limitBlockers(verdict, tenant) } },
  };
}

function limitClients({ ok, uses, registered }: RemovalKeys['clients'], tenant: Tenant): RemovalKeys['clients'] {
  const own = uses.filter(({ tenantId }) => tenantId === tenant.id);
  const others = [...uses.filter(({ tenantId }) => tenantId !== tenant.id), ...registered];
  return { ok, uses: own, registered: [], othersUsing: countClients(others) };
}

/** How many clients there are among some uses, each version by itself. */
export function countClients(uses: readonly { readonly client: string; readonly clientVersion: string }[]): number {
  return new Set(uses.map(({ client, clientVersion }) => `${client}\n${clientVersion}`)).size;
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
