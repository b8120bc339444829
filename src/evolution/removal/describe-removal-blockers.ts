import type { Blocker } from '../../errors.ts';
import type { RegisteredUse } from '../usage/registered-use.ts';
import type { CoordinateUse } from '../usage/usage-store.ts';
import { describeClient, groupByClient } from './describe-client.ts';
import { findObstacles } from './find-obstacles.ts';
import type { RemovalVerdict, Verdict } from './verdict.ts';

/** What keeps a member of the schema from going. */
export interface RemovalBlocker extends Blocker {
  readonly code: Exclude<Verdict, 'SAFE'> | 'UNANNOUNCED' | 'FROZEN' | 'OUT_OF_ORDER';
  /** Of the member; absent: it concerns the version. */
  readonly coordinate?: string;
}

/** Names of operations that a sentence tells of. */
const MOST_NAMES = 3;

/** A blocker for each thing that was found, under the verdict that its key leads to, in the order in which verdicts are decided. */
export function describeRemovalBlockers({ coordinate, replacement, sunset, keys }: RemovalVerdict): RemovalBlocker[] {
  const { clients, data, calendar, evidence } = keys;
  const obstacles = findObstacles(clients);
  const say = (code: RemovalBlocker['code']) => (message: string) => ({ code, coordinate, message: `${coordinate}: ${message}` });
  return [
    ...groupByClient(obstacles.uses)
      .map((uses) => `${describeUses(uses)}. Move it to \`${replacement}\``)
      .map(say('IN_USE')),
    ...groupByClient(obstacles.registered).map(describeRegistered).map(say('IN_USE')),
    ...(clients.othersUsing === 0 ? [] : [say('IN_USE')(describeOthers(clients.othersUsing))]),
    ...data.blockers.map((blocker): RemovalBlocker => ({ ...blocker, code: 'DATA_NOT_READY', coordinate })),
    ...(calendar.ok ? [] : [say('TOO_EARLY')(`clients were told that it stays until ${sunset}: it may go on ${calendar.passesOn}`)]),
    ...evidence.reasons.map(({ message }) => message).map(say('INSUFFICIENT_EVIDENCE')),
  ];
}

function describeUses(uses: readonly CoordinateUse[]): string {
  const count = uses.reduce((sum, use) => sum + use.count, 0);
  const last = new Date(Math.max(...uses.map(({ lastSeen }) => lastSeen.getTime())));
  const versions = [...new Set(uses.map(({ version }) => version))].sort();
  return `${describeClient(uses[0]!)} used it ${count} time${count === 1 ? '' : 's'}, last at ${last.toISOString()}, ${describeOperations(uses)} on ${versions.join(', ')}`;
}

function describeRegistered(uses: readonly RegisteredUse[]): string {
  return `${describeClient(uses[0]!)} registered documents with it, ${describeOperations(uses)}, which it may send at any time. Register its documents anew without them, or take them back`;
}

function describeOthers(count: number): string {
  return `${count} other client${count === 1 ? '' : 's'} may use it`;
}

function describeOperations(uses: readonly { readonly operation: string }[]): string {
  const names = [...new Set(uses.map(({ operation }) => operation || 'an anonymous operation'))];
  const rest = names.length - MOST_NAMES;
  return `in ${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
