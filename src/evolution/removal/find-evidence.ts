import type { CoverageGap } from '../usage/coverage.ts';
import type { Collection } from '../usage/usage-store.ts';
import { describeSpan } from './describe-span.ts';
import type { RemovalRecords } from './removal-store.ts';
import type { EvidenceReason, RemovalKeys } from './verdict.ts';

/** Of the window, the share that has to be covered. */
const LEAST_COVERED = 0.99;
/** Of the operations, the share that may come from clients that do not say who they are. */
const MOST_UNNAMED = 0.05;

/** A span of time up to now, in milliseconds, and when it began. */
interface Window {
  readonly length: number;
  readonly since: Date;
  /** The least one that is long enough. */
  readonly least: number;
}

type Evidence = Pick<RemovalKeys['evidence'], 'reasons' | 'figures' | 'gaps'>;

/** What is known of a window, and why silence in it is not yet the absence of use. */
export async function findEvidence(records: Pick<RemovalRecords, 'readCollection'>, window: Window): Promise<Evidence> {
  const asked = await records.readCollection(window.since);
  const { coveredShare, gaps, operations, unnamedOperations, lostOperations } = asked;
  return {
    reasons: [...describeLength(window), ...(await findFaults(records, asked, window))],
    figures: { window: window.length / 1_000, since: window.since, coveredShare, operations, unnamedOperations, lostOperations },
    gaps: sortGaps(gaps),
  };
}

async function findFaults(
  records: Pick<RemovalRecords, 'readCollection'>,
  asked: Collection,
  window: Window,
): Promise<readonly EvidenceReason[]> {
  const { since: began, keptSince } = asked;
  if (began === null) return [describeNever(window)];
  // What is missing before the beginning is one reason, and no gap beside it.
  const [beginning, shortness] =
    keptSince !== null && keptSince >= began ? [keptSince, describePruning(keptSince)] : [began, describeShortness(began, window)];
  if (beginning <= window.since) return describeFaults(asked, window);
  return [shortness, ...describeFaults(await records.readCollection(beginning), window)];
}

function describeFaults(collection: Collection, window: Window): EvidenceReason[] {
  const { coveredShare, gaps, lostOperations, operations, unnamedOperations } = collection;
  const unnamedShare = operations === 0 ? 0 : unnamedOperations / operations;
  return [
    ...(operations === 0 ? [describeSilence(window)] : []),
    ...(coveredShare < LEAST_COVERED ? [describeGaps(coveredShare, sortGaps(gaps), window)] : []),
    ...describeFailures(
      gaps.filter(({ kind }) => kind === 'NOT_STORING'),
      window,
    ),
    ...(lostOperations > 0 ? [describeLoss(lostOperations)] : []),
    ...(unnamedShare > MOST_UNNAMED ? [describeUnnamed(unnamedShare)] : []),
  ];
}

function describeLength({ length, least }: Window): EvidenceReason[] {
  if (length >= least) return [];
  return [
    {
      code: 'SHORT_WINDOW',
      message: `Silence for ${describeSpan(length)} is no evidence: it takes ${describeSpan(least)} at least for a member to go. Ask about a window of that length`,
    },
  ];
}

function describeNever({ length, least }: Window): EvidenceReason {
  return {
    code: 'NEVER_RECORDED',
    message: `Nothing was ever recorded of what clients use: have every server record for ${describeSpan(Math.max(length, least))}`,
  };
}

function describeSilence({ since }: Window): EvidenceReason {
  return {
    code: 'NO_TRAFFIC',
    message: `Not one operation is recorded since ${showTime(since)}: that nobody used this says nothing. Ask the database that serves your clients`,
  };
}

function describePruning(keptSince: Date): EvidenceReason {
  return {
    code: 'PRUNED',
    message: `Counts from before ${showTime(keptSince)} were deleted. Ask about a window that begins after it`,
  };
}

function describeShortness(began: Date, { length, since, least }: Window): EvidenceReason {
  const known = length - (began.getTime() - since.getTime());
  const until = new Date(began.getTime() + length);
  return {
    code: 'TOO_SHORT',
    message: `What clients use is recorded since ${showTime(began)}: ${describeSpan(Math.max(0, known))} of the ${describeSpan(length)} asked for. Wait until ${showTime(until)}${length > least ? ', or ask about a shorter window' : ''}`,
  };
}

function describeGaps(share: number, gaps: readonly CoverageGap[], { length, least }: Window): EvidenceReason {
  const [longest, ...others] = gaps;
  const example = longest
    ? `: ${longest.why} from ${showTime(longest.from)} to ${showTime(longest.to)}${others.length > 0 ? ` (and ${others.length} gaps more)` : ''}`
    : '';
  const until = longest ? ` until ${showTime(new Date(longest.to.getTime() + length))}` : '';
  return {
    code: 'GAPS',
    message: `It is known for ${showShare(Math.floor, share)} of the time what clients used, and ${showShare(Math.ceil, LEAST_COVERED)} are asked for${example}. ${length > least ? 'Ask about a window without it, or k' : 'K'}eep a server running${until}`,
  };
}

/** However short: that a server lived says that it served, while nobody need have been served where none ran. */
function describeFailures(failures: readonly CoverageGap[], { length, least }: Window): EvidenceReason[] {
  const [longest, ...others] = sortGaps(failures);
  if (longest === undefined) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} time${others.length === 1 ? '' : 's'} more)`;
  const last = Math.max(...failures.map(({ to }) => to.getTime()));
  return [
    {
      code: 'NOT_STORING',
      message: `A server lived and stored nothing of what it recorded from ${showTime(longest.from)} to ${showTime(longest.to)}${more}: nobody knows what was used then. If it still runs, see why it cannot store; once it stores, nothing is missing. If it is gone, ${length > least ? 'ask about a window without it, or ' : ''}wait until ${showTime(new Date(last + length))}`,
    },
  ];
}

function describeLoss(lost: number): EvidenceReason {
  return {
    code: 'LOST',
    message: `${lost} operation${lost === 1 ? ' was' : 's were'} not kept with all that ${lost === 1 ? 'it' : 'they'} used, for lack of room in a server: see usage_operations_lost_total in its metrics. Once none are lost any more, wait until the window has none of them`,
  };
}

function describeUnnamed(share: number): EvidenceReason {
  return {
    code: 'UNNAMED',
    message: `${showShare(Math.ceil, share)} of the operations came from clients that nobody can name, and at most ${showShare(Math.floor, MOST_UNNAMED)} may. Have every client send apollographql-client-name`,
  };
}

/** The longest first. */
function sortGaps(gaps: readonly CoverageGap[]): CoverageGap[] {
  return gaps.toSorted((left, right) => measure(right) - measure(left));
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
