import type { GraphQLSchema } from 'graphql';
import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { chooseDeprecations } from './choose-deprecations.ts';
import { findEvidenceReasons } from './find-evidence-reasons.ts';
import { limitToTenant } from './limit-to-tenant.ts';
import type { RemovalStore } from './removal-store.ts';
import { decideVerdict } from './verdict.ts';
import type { DataKey, EvidenceReason, RemovalKeys, RemovalVerdict } from './verdict.ts';

/** The window where none is asked for, in milliseconds: 30 days. */
export const REMOVAL_WINDOW = 30 * 86_400_000;

/** What is to be judged, and by what. */
export interface RemovalQuestion {
  /** Annotated, with the members of every version. */
  readonly schema: GraphQLSchema;
  /** The version whose deprecated members are judged. */
  readonly version: ApiVersion;
  /** Exactly these; absent: all. */
  readonly coordinates?: readonly string[] | undefined;
  /** How long nobody may have used them, in milliseconds, by the clock of the store. */
  readonly window: number;
  /** What the calendar says. */
  readonly now: Date;
  readonly store: RemovalStore;
  readonly dataKey: DataKey;
  /** Shows what the tenant may see. The verdict is still that over everybody. */
  readonly tenant?: Tenant | undefined;
}

/**
 * Judges of each deprecated member whether it may go, by coordinate. A use counts for its coordinate alone, in whatever version; one
 * that only a default value of the schema made counts for nothing. One statement at a time.
 * @throws UsageError for a coordinate at which nothing is deprecated.
 */
export async function judgeRemovals(question: RemovalQuestion): Promise<readonly RemovalVerdict[]> {
  const { schema, version, coordinates, window, now, store, dataKey, tenant } = question;
  const deprecations = chooseDeprecations(schema, version, coordinates);
  if (deprecations.length === 0) return [];

  const names = deprecations.map(({ coordinate }) => coordinate);
  const since = new Date((await store.readClock()).getTime() - window);
  const uses = Map.groupBy(
    (await store.readUse(names, since))
      .filter(({ byDefault }) => !byDefault)
      .sort((left, right) => right.lastSeen.getTime() - left.lastSeen.getTime()),
    ({ coordinate }) => coordinate,
  );
  const registered = Map.groupBy(await store.readRegisteredUse(names), ({ coordinate }) => coordinate);
  const reasons = await findEvidenceReasons(store, { length: window, since });

  const verdicts: RemovalVerdict[] = [];
  for (const deprecation of deprecations) {
    const { coordinate, sunset } = deprecation;
    const keys: RemovalKeys = {
      clients: judgeClients(uses.get(coordinate) ?? [], registered.get(coordinate) ?? []),
      ...judgeData(await dataKey(coordinate), reasons),
      calendar: judgeCalendar(sunset, now),
    };
    const verdict = { ...deprecation, verdict: decideVerdict(keys), keys };
    verdicts.push(tenant === undefined ? verdict : limitToTenant(verdict, tenant));
  }
  return verdicts;
}

function judgeClients(uses: RemovalKeys['clients']['uses'], registered: RemovalKeys['clients']['registered']): RemovalKeys['clients'] {
  return { ok: uses.length === 0 && registered.length === 0, uses, registered, othersUsing: 0 };
}

/** That it is not known for long enough who writes the data is no fault of the data. */
function judgeData(found: readonly Blocker[], known: readonly EvidenceReason[]): Pick<RemovalKeys, 'data' | 'evidence'> {
  const isEvidence = ({ code }: Blocker) => code === 'INSUFFICIENT_EVIDENCE';
  const blockers = found.filter((blocker) => !isEvidence(blocker));
  const reasons = [...known, ...found.filter(isEvidence).map(({ message }): EvidenceReason => ({ code: 'WRITERS', message }))];
  return { data: { ok: blockers.length === 0, blockers }, evidence: { ok: reasons.length === 0, reasons } };
}

/** The sunset is the month from which a version may be without the member: from its first day on. */
function judgeCalendar(sunset: string, now: Date): RemovalKeys['calendar'] {
  const passesOn = `${sunset}-01`;
  return { ok: now >= new Date(`${passesOn}T00:00:00Z`), passesOn };
}
