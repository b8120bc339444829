import type { GraphQLSchema } from 'graphql';
import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import type { RegisteredUse } from '../usage/registered-use.ts';
import type { UseCount } from '../usage/usage-store.ts';
import { chooseDeprecations } from './choose-deprecations.ts';
import { describePossibleUse } from './describe-possible-use.ts';
import { countClientsByPath, groupByClient } from './describe-client.ts';
import { findEvidence } from './find-evidence.ts';
import { findObstacles } from './find-obstacles.ts';
import { limitToTenant } from './limit-to-tenant.ts';
import type { RemovalRecords, RemovalStore } from './removal-store.ts';
import { decideVerdict } from './verdict.ts';
import type { DataKey, EvidenceReason, MemberUse, RemovalKeys, RemovalVerdict } from './verdict.ts';

/** The window where none is asked for, and the least one in which silence is evidence, in milliseconds: 30 days. */
export const REMOVAL_WINDOW = 30 * 86_400_000;

/** What is to be judged, and by what. */
export interface RemovalQuestion {
  /** Annotated, with the members of every version. */
  readonly schema: GraphQLSchema;
  /** The version whose deprecated members are judged. */
  readonly version: ApiVersion;
  /** Exactly these; absent: all. */
  readonly coordinates?: readonly string[] | undefined;
  /** How long nobody may have used them, in milliseconds, by the clock of the store, which the calendar goes by as well. */
  readonly window: number;
  /** The least window in which silence is evidence, in milliseconds; 30 days where it is absent. */
  readonly leastWindow?: number | undefined;
  readonly store: RemovalStore;
  readonly dataKey: DataKey;
  /** Lets pass what clients do on the path of a version: `/graphql/2026-11` goes on answering it. */
  readonly leavePinned?: boolean | undefined;
  /** Shows what the tenant may see. The verdict is still that over everybody. */
  readonly tenant?: Tenant | undefined;
}

/**
 * Judges of each deprecated member whether it may go, by coordinate. A use counts for its coordinate alone, in whatever version; one
 * that only a default value of the schema made counts for nothing. What was recorded is judged as of one moment; the data behind the
 * members after that, one statement at a time.
 * @throws UsageError for a coordinate at which nothing is deprecated.
 */
export async function judgeRemovals(question: RemovalQuestion): Promise<readonly RemovalVerdict[]> {
  const { schema, version, coordinates, dataKey, tenant } = question;
  const deprecations = chooseDeprecations(schema, version, coordinates);
  if (deprecations.length === 0) return [];

  const names = deprecations.map(({ coordinate }) => coordinate);
  const { now, uses, ofTenant, counts, registered, evidence } = await question.store.read((records) =>
    readRecords(records, question, names),
  );
  const verdicts: RemovalVerdict[] = [];
  for (const deprecation of deprecations) {
    const { coordinate, sunset } = deprecation;
    const [possible, named] = divide(registered.get(coordinate) ?? [], ({ byVariable }) => byVariable);
    const keys: RemovalKeys = {
      clients: judgeClients(uses.get(coordinate) ?? [], counts.get(coordinate) ?? [], named, question.leavePinned ?? false),
      ...judgeData(await dataKey(coordinate), evidence, possible),
      calendar: judgeCalendar(sunset, now),
    };
    const verdict = { ...deprecation, verdict: decideVerdict(keys), keys };
    verdicts.push(tenant === undefined ? verdict : limitToTenant(verdict, tenant, ofTenant));
  }
  return verdicts;
}

async function readRecords(records: RemovalRecords, question: RemovalQuestion, names: readonly string[]) {
  const { window, leastWindow = REMOVAL_WINDOW, tenant } = question;
  const since = new Date(records.now.getTime() - window);
  const uses = (await records.readUse(names, since)).filter(({ byDefault }) => !byDefault);
  return {
    now: records.now,
    uses: Map.groupBy(
      uses.sort((left, right) => right.lastSeen.getTime() - left.lastSeen.getTime()),
      ({ coordinate }) => coordinate,
    ),
    // Not all that a tenant did is among the latest of all.
    ofTenant: tenant === undefined ? [] : await records.readUse(names, since, tenant),
    counts: Map.groupBy(
      (await records.countUse(names, since)).filter(({ byDefault }) => !byDefault),
      ({ coordinate }) => coordinate,
    ),
    registered: Map.groupBy(await records.readRegisteredUse(names, since), ({ coordinate }) => coordinate),
    evidence: await findEvidence(records, { length: window, since, least: leastWindow }),
  };
}

function judgeClients(
  uses: readonly MemberUse[],
  counts: readonly UseCount[],
  registered: readonly RegisteredUse[],
  leavePinned: boolean,
): RemovalKeys['clients'] {
  const clients = { uses, registered, leavePinned };
  const obstacles = findObstacles(clients);
  return {
    ok: obstacles.uses.length === 0 && obstacles.registered.length === 0,
    ...clients,
    othersUsing: countUnlisted(obstacles.uses, leavePinned ? counts.filter(({ pinned }) => !pinned) : counts),
  };
}

/** Clients of which no use is listed, since there are too many. */
function countUnlisted(uses: readonly MemberUse[], counts: readonly UseCount[]): number {
  return counts.reduce((sum, { clients }) => sum + clients, 0) - countClientsByPath(uses);
}

/** That it is not known for long enough who writes the data is no fault of the data. */
function judgeData(
  found: readonly Blocker[],
  evidence: Pick<RemovalKeys['evidence'], 'reasons' | 'figures' | 'gaps'>,
  registered: readonly RegisteredUse[],
): Pick<RemovalKeys, 'data' | 'evidence'> {
  const [unknown, blockers] = divide(found, ({ code }) => code === 'INSUFFICIENT_EVIDENCE');
  const reasons = [
    ...evidence.reasons,
    ...groupByClient(registered).map(describePossibleUse),
    ...unknown.map(({ message }): EvidenceReason => ({ code: 'WRITERS', message })),
  ];
  return {
    data: { ok: blockers.length === 0, blockers },
    evidence: { ok: reasons.length === 0, reasons, figures: evidence.figures, registered, gaps: evidence.gaps },
  };
}

/** The sunset is the month from which a version may be without the member: from its first day on. */
function judgeCalendar(sunset: string, now: Date): RemovalKeys['calendar'] {
  const passesOn = `${sunset}-01`;
  return { ok: now >= new Date(`${passesOn}T00:00:00Z`), passesOn };
}

function divide<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
