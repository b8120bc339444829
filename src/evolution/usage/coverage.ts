/** When a process recorded. */
export interface CollectorTimes {
  readonly startedAt: Date;
  /** Everything it recorded up to here is stored. */
  readonly seenAt: Date;
  /** null: it runs, or it died. */
  readonly stoppedAt: Date | null;
  /** The latest sign of life of the process, whether it stored anything or not; null where none is known of. */
  readonly aliveAt: Date | null;
  readonly flushMs: number;
}

/** A time of which not everything is known that was used. */
export interface CoverageGap {
  /** Nobody recorded; a process that recorded died just after it had stored; one lived, and did not come to store what it recorded. */
  readonly kind: 'NO_COLLECTOR' | 'DIED' | 'NOT_STORING';
  readonly from: Date;
  readonly to: Date;
  readonly why: string;
}

/** A span of time in milliseconds since 1970. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** After so long without a word, beyond what it takes anyway, a process that did not say goodbye has died, or stores nothing. */
const SILENT_MS = 60_000;
/** A process may live so long after its last sign of life: it gives one every half second. */
const SIGN_MS = 1_000;

/**
 * How much of a window is covered, from 0 to 1, and what is not, by time. A moment is covered while a process recorded, and none
 * lived that may have had something of it in memory and did not come to store it, whoever else recorded beside it. Nobody can tell
 * whether somebody was served while no process recorded: that is not covered either.
 */
export function measureCoverage(
  collectors: readonly CollectorTimes[],
  window: { readonly from: Date; readonly to: Date },
): { readonly coveredShare: number; readonly gaps: readonly CoverageGap[] } {
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  if (!(from < to)) return { coveredShare: 0, gaps: [] };
  const clip = <Clipped extends Span>(span: Clipped): Clipped => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) });
  const runs = collectors.map((collector) => clip(findRun(collector, to)));
  const losses = collectors
    .flatMap((collector) => findLoss(collector, to) ?? [])
    .map(clip)
    .filter(isLong);
  const known = unite([...runs, ...losses]);
  const gaps = [
    ...losses,
    ...findBetween(known, { from, to }).map((span) => ({ ...span, kind: 'NO_COLLECTOR' as const, why: 'no collector ran' })),
  ];
  return {
    coveredShare: (measure(known) - measure(unite(losses))) / (to - from),
    gaps: gaps
      .sort((left, right) => left.from - right.from || left.to - right.to)
      .map((gap) => ({ ...gap, from: new Date(gap.from), to: new Date(gap.to) })),
  };
}

/** From when to when everything that a process recorded is stored, or about to be. */
function findRun(collector: CollectorTimes, now: number): Span {
  const { startedAt, seenAt, stoppedAt } = collector;
  return { from: startedAt.getTime(), to: isAtWork(collector, now) ? now : (stoppedAt ?? seenAt).getTime() };
}

/** From when to when something that a process recorded may be missing. */
function findLoss(collector: CollectorTimes, now: number): (Span & Pick<CoverageGap, 'kind' | 'why'>) | undefined {
  const { seenAt, stoppedAt, aliveAt, flushMs } = collector;
  if (stoppedAt !== null || isAtWork(collector, now)) return undefined;
  const from = seenAt.getTime();
  const alive = aliveAt?.getTime() ?? from;
  const end = Math.max(from + flushMs, alive + SIGN_MS);
  if (alive - from > flushMs + SILENT_MS)
    return { from, to: end, kind: 'NOT_STORING', why: 'NOT_STORING: a server lived and stored nothing of what it recorded' };
  return { from, to: end, kind: 'DIED', why: `a collector died: at most ${Math.ceil((end - from) / 1_000)} s are lost` };
}

/** Whether it runs, and stored something not too long ago. */
function isAtWork({ seenAt, stoppedAt, flushMs }: CollectorTimes, now: number): boolean {
  return stoppedAt === null && now - seenAt.getTime() <= flushMs + SILENT_MS;
}

function isLong({ from, to }: Span): boolean {
  return from < to;
}

/** The same time in spans that do not touch, in order. */
function unite(spans: readonly Span[]): Span[] {
  const united: Span[] = [];
  for (const span of spans.filter(isLong).sort((left, right) => left.from - right.from)) {
    const last = united.at(-1);
    if (last === undefined || span.from > last.to) united.push(span);
    else united[united.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return united;
}

/** What of a span none of the united ones within it covers. */
function findBetween(united: readonly Span[], { from, to }: Span): Span[] {
  const starts = [from, ...united.map((span) => span.to)];
  const ends = [...united.map((span) => span.from), to];
  return starts.map((start, index) => ({ from: start, to: ends[index]! })).filter(isLong);
}

function measure(united: readonly Span[]): number {
  return united.reduce((sum, { from, to }) => sum + to - from, 0);
}
