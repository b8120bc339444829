import { describeRemovalBlockers } from '../removal/describe-removal-blockers.ts';
import { countClients } from '../removal/describe-client.ts';
import { limitToTenant } from '../removal/limit-to-tenant.ts';
import type { MemberUse, RemovalVerdict } from '../removal/verdict.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { RegisteredUse } from '../usage/registered-use.ts';
import type { CoordinateUse } from '../usage/usage-store.ts';
import type { DeprecationStatus, DeprecationUse } from './deprecation-status.type.ts';

const MOST_USES = 100;
/** The largest Int of GraphQL. */
const LARGEST = 2_147_483_647;

/** A tenant, and its uses of any coordinates. */
export interface TenantUse {
  readonly tenant: Tenant;
  readonly uses: readonly MemberUse[];
}

/** A verdict as the API tells it: to a tenant what it may see; to the platform's operator, null, every client and no tenant's data. */
export function describeDeprecation(verdict: RemovalVerdict, own: TenantUse | null): DeprecationStatus {
  const shown = own === null ? maskTenants(verdict) : limitToTenant(verdict, own.tenant, own.uses);
  const { uses, registered, othersUsing } = shown.keys.clients;
  const all = [...describeUses(uses, own === null ? registered : undefined), ...describeSilent(uses, registered)];
  const { coordinate, reason, replacement, since, sunset } = verdict;
  const told = all.slice(0, MOST_USES);
  return {
    ...{ coordinate, reason, replacement, since, sunset },
    verdict: verdict.verdict,
    blockers: describeRemovalBlockers(shown),
    uses: told.map(nameNobody),
    otherClients: othersUsing + countClients(all) - countClients(told),
  };
}

/** What is said of a tenant may quote its values. */
function maskTenants(verdict: RemovalVerdict): RemovalVerdict {
  const { data } = verdict.keys;
  const blockers = data.blockers.map((blocker) =>
    blocker.tenant === undefined
      ? blocker
      : { ...blocker, message: `${blocker.field ?? verdict.coordinate} of ${blocker.tenant}: ${blocker.code}` },
  );
  return { ...verdict, keys: { ...verdict.keys, data: { ...data, blockers } } };
}

type Described = Omit<DeprecationUse, 'client' | 'clientVersion' | 'operation'> &
  Pick<RegisteredUse, 'client' | 'clientVersion' | 'operation'>;

/** Uses of all tenants together, in their order. Without `registered` nothing is said of registered documents. */
function describeUses(uses: readonly CoordinateUse[], registered: readonly RegisteredUse[] | undefined): Described[] {
  const known = new Set(registered?.map(nameDocument));
  return [...Map.groupBy(uses, (use) => `${nameDocument(use)}\n${use.version}\n${use.pinned}`).values()].map((same) => {
    const { client, clientVersion, operation, version, pinned, lastSeen } = same[0]!;
    return {
      ...{ client, clientVersion, operation },
      apiVersion: version,
      pinned,
      count: Math.min(
        same.reduce((sum, { count }) => sum + count, 0),
        LARGEST,
      ),
      lastSeen: lastSeen.toISOString(),
      registered: registered === undefined ? null : known.has(nameDocument(same[0]!)),
    };
  });
}

/** Registered operations that nobody executed. */
function describeSilent(uses: readonly CoordinateUse[], registered: readonly RegisteredUse[]): Described[] {
  const executed = new Set(uses.map(nameDocument));
  const silent = new Map(registered.map((use) => [nameDocument(use), use]));
  return [...silent]
    .filter(([name]) => !executed.has(name))
    .map(([, { client, clientVersion, operation }]) => ({
      ...{ client, clientVersion, operation },
      apiVersion: null,
      pinned: null,
      count: 0,
      lastSeen: null,
      registered: true,
    }));
}

function nameDocument({ client, clientVersion, operation }: CoordinateUse | RegisteredUse): string {
  return `${client}\n${clientVersion}\n${operation}`;
}

function nameNobody({ client, clientVersion, operation, ...use }: Described): DeprecationUse {
  return { ...use, client: client || null, clientVersion: clientVersion || null, operation: operation || null };
}
