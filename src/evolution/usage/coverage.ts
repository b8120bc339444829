/** When a process recorded. */
export interface CollectorTimes {
  readonly startedAt: Date;
  /** Everything it recorded up to here is stored. */
  readonly seenAt: Date;
  /** null: it runs, or it died. */
  readonly stoppedAt: Date | null;
  readonly flushMs: number;
}

/** A time of which not everything is known that was used. */
export interface CoverageGap {
  readonly from: Date;
  readonly to: Date;
  readonly why: string;
}

/** A span of time in milliseconds since 1970. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** After so long without a word a process that did not say goodbye has died. It stores every five seconds, every thirty at worst. */
const SILENT_MS = 60_000;

/**
 * How much of a window is covered, from 0 to 1, and what is not, by time. A moment is covered while a process recorded, and none
 * died that may have had something of it in memory. Nobody can tell whether somebody was served while no process recorded: that
 * is not covered either.
 */
export function measureCoverage(
  collectors: readonly CollectorTimes[],
  window: { readonly from: Date; readonly to: Date },
): { readonly coveredShare: number; readonly gaps: readonly CoverageGap[] } {
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  if (!(from < to)) return { coveredShare: 0, gaps: [] };
  const clip = (span: Span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) });
  const runs: Span[] = [];
  const losses: (Span & { readonly why: string })[] = [];
  for (const { startedAt, seenAt, stoppedAt, flushMs } of collectors) {
    const seen = (stoppedAt ?? seenAt).getTime();
    const died = stoppedAt === null && to - seen > SILENT_MS;
    runs.push(clip({ from: startedAt.getTime(), to: stoppedAt === null && !died ? to : seen }));
    const loss = clip({ from: seen, to: seen + flushMs });
    if (died && loss.from < loss.to) losses.push({ ...loss, why: `a collector died: at most ${flushMs / 1_000} s are lost` });
  }
  const known = unite([...runs, ...losses]);
  const gaps = [...losses, ...findBetween(known, { from, to }).map((span) => ({ ...span, why: 'no collector ran' }))];
  return {
    coveredShare: (measure(known) - measure(unite(losses))) / (to - from),
    gaps: gaps
      .sort((left, right) => left.from - right.from || left.to - right.to)
      .map((gap) => ({ ...gap, from: new Date(gap.from), to: new Date(gap.to) })),
  };
}

/** The same time in spans that do not touch, in order. */
function unite(spans: readonly Span[]): Span[] {
  const united: Span[] = [];
  for (const span of spans.filter(({ from, to }) => from < to).sort((left, right) => left.from - right.from)) {
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
  return starts.map((start, index) => ({ from: start, to: ends[index]! })).filter((span) => span.from < span.to);
}

function measure(united: readonly Span[]): number {
  return united.reduce((sum, { from, to }) => sum + to - from, 0);
}
