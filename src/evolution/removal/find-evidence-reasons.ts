import type { CoverageGap } from '../usage/coverage.ts';
import type { Collection } from '../usage/usage-store.ts';
import { describeSpan } from './describe-span.ts';
import type { RemovalStore } from './removal-store.ts';
import type { EvidenceReason } from './verdict.ts';

/** Of the window, the share that has to be covered. */
const LEAST_COVERED = 0.99;
/** Of the operations, the share that may come from clients that do not say who they are. */
const MOST_UNNAMED = 0.05;

/** A span of time up to now, in milliseconds, and when it began. */
interface Window {
  readonly length: number;
  readonly since: Date;
}

/** Why silence in a window is not yet the absence of use. */
export async function findEvidenceReasons(store: RemovalStore, window: Window): Promise<EvidenceReason[]> {
  const asked = await store.readCollection(window.since);
  if (asked.since === null) return [describeNever(window)];
  if (asked.since <= window.since) return findFaults(asked, window);
  // What is missing before the beginning is one reason, and no gap beside it.
  return [describeShortness(asked.since, window), ...findFaults(await store.readCollection(asked.since), window)];
}

function findFaults(collection: Collection, window: Window): EvidenceReason[] {
  const { coveredShare, gaps, lostOperations, operations, unnamedOperations } = collection;
  const unnamedShare = operations === 0 ? 0 : unnamedOperations / operations;
  return [
    ...(coveredShare < LEAST_COVERED ? [describeGaps(coveredShare, gaps, window)] : []),
    ...(lostOperations > 0 ? [describeLoss(lostOperations)] : []),
    ...(unnamedShare > MOST_UNNAMED ? [describeUnnamed(unnamedShare)] : []),
  ];
}

function describeNever({ length }: Window): EvidenceReason {
  return {
    code: 'NEVER_RECORDED',
    message: `Nothing was ever recorded of what clients use: have every server record for ${describeSpan(length)}`,
  };
}

function describeShortness(began: Date, { length, since }: Window): EvidenceReason {
  const known = length - (began.getTime() - since.getTime());
  const until = new Date(began.getTime() + length);
  return {
    code: 'TOO_SHORT',
    message: `What clients use is recorded since ${showTime(began)}: ${describeSpan(Math.max(0, known))} of the ${describeSpan(length)} asked for. Wait until ${showTime(until)}, or ask about a shorter window`,
  };
}

function describeGaps(share: number, gaps: readonly CoverageGap[], { length }: Window): EvidenceReason {
  const [longest, ...others] = gaps.toSorted((left, right) => measure(right) - measure(left));
  const example = longest
    ? `: ${longest.why} from ${showTime(longest.from)} to ${showTime(longest.to)}${others.length > 0 ? ` (and ${others.length} gaps more)` : ''}`
    : '';
  const remedy = longest ? `keep a server running until ${showTime(new Date(longest.to.getTime() + length))}` : 'keep a server running';
  return {
    code: 'GAPS',
    message: `It is known for ${showShare(Math.floor, share)} of the time what clients used, and ${showShare(Math.ceil, LEAST_COVERED)} are asked for${example}. Ask about a window without it, or ${remedy}`,
  };
}

function describeLoss(lost: number): EvidenceReason {
  return {
    code: 'LOST',
    message: `${lost} operation${lost === 1 ? ' was' : 's were'} not kept with all that ${lost === 1 ? 'it' : 'they'} used, for lack of room in a server: see usage_operations_lost_total in its metrics. Ask about a window without them, once none are lost any more`,
  };
}

function describeUnnamed(share: number): EvidenceReason {
  return {
    code: 'UNNAMED',
    message: `${showShare(Math.ceil, share)} of the operations came from clients that nobody can name, and at most ${showShare(Math.floor, MOST_UNNAMED)} may. Have every client send apollographql-client-name`,
  };
}

function measure({ from, to }: CoverageGap): number {
  return to.getTime() - from.getTime();
}

/** Rounded away from the limit that it is compared with, so that one that fails never looks as if it passed. */
function showShare(round: (value: number) => number, share: number): string {
  // A share such as 0.99 times 1000 is not quite whole.
  return `${round(Number((share * 1_000).toFixed(6))) / 10} %`;
}

/** To the second. */
function showTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
