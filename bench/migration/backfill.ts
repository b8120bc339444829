import { setTimeout as delay } from 'node:timers/promises';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { withOwner } from '../harness/bench-server.ts';
import { formatMarkdownTable, measure } from '../harness/statistics.ts';
import { RUN, SCOPE, updateAtOnce } from './dataset.ts';
import { type Latencies, writeDuring } from './live-writer.ts';
import { measureTriggerCost } from './trigger-cost.ts';

const BASELINE_MS = 10_000;

/** Uses a fresh copy of the dataset, which is dropped afterwards. */
export type OnCopy = <Result>(what: string, use: (url: string) => Promise<Result>) => Promise<Result>;

interface Measured {
  readonly what: string;
  readonly rows: number;
  readonly perSecond: number;
  readonly writer?: Latencies;
}

/** The backfill beside the floor, with and without a writer, and the triggers' cost. Returns a table and a sentence. */
export async function benchBackfill(onCopy: OnCopy): Promise<string> {
  const atOnce = (url: string) => withOwner(url, (database) => timed(() => updateAtOnce(database)));
  const inBatches = (url: string) =>
    withOwner(url, (database) =>
      timed(async () => (await migrateRecords(database.sql, SCOPE, RUN)).fields.reduce((sum, report) => sum + report.updated, 0)),
    );

  const floor = await onCopy('one statement', atOnce);
  const ours = await onCopy('choices migrate', inBatches);
  const baseline = await onCopy('a writer alone', (url) => writeDuring(url, () => delay(BASELINE_MS)));
  const oursLive = await onCopy('choices migrate beside a writer', (url) => writeDuring(url, () => inBatches(url)));
  const floorLive = await onCopy('one statement beside a writer', (url) => writeDuring(url, () => atOnce(url)));
  const cost = await onCopy("the triggers' cost", (url) => withOwner(url, measureTriggerCost));

  const measured: Measured[] = [
    { what: 'one `UPDATE … FROM` (the floor)', ...floor },
    { what: '`choices migrate`, counting and settling included', ...ours },
    { what: 'a writer alone', rows: 0, perSecond: 0, writer: baseline.latencies },
    { what: 'one `UPDATE … FROM` beside a writer', ...floorLive.result, writer: floorLive.latencies },
    { what: '`choices migrate` beside a writer', ...oursLive.result, writer: oursLive.latencies },
  ];
  return [
    formatMarkdownTable(
      ['what', 'rows changed', 'rows/s', '× floor', 'writer p50 ms', 'writer p99 ms', 'longest ms', 'writes'],
      measured.map(({ what, rows: changed, perSecond, writer }) => [
        what,
        changed || '–',
        perSecond ? Math.round(perSecond) : '–',
        perSecond ? (perSecond / (writer ? floorLive.result.perSecond : floor.perSecond)).toFixed(2) : '–',
        ...(writer ? [writer.p50.toFixed(1), writer.p99.toFixed(1), writer.longest.toFixed(0), writer.writes] : ['–', '–', '–', '–']),
      ]),
    ),
    `The triggers' cost on an update of another column: ${cost.withMs.toFixed(0)} ms with, ${cost.withoutMs.toFixed(0)} ms without them, × ${cost.ratio.toFixed(3)} (the fastest of 20 each).`,
  ].join('\n\n');
}

async function timed(work: () => Promise<number>): Promise<{ rows: number; perSecond: number }> {
  const { milliseconds, result } = await measure(work);
  return { rows: result, perSecond: (result / milliseconds) * 1000 };
}
