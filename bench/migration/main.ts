/**
 * What a migration costs, beside what it could cost at least: npm run -s bench:migration -- [ROWS…]
 * Every figure is taken on a fresh copy of the same database.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { type BenchServer, startBenchServer, withOwner } from '../harness/bench-server.ts';
import { formatMarkdownTable, measure } from '../harness/statistics.ts';
import { createDataset, FIELD, RUN, updateAtOnce } from './dataset.ts';
import { type Latencies, writeDuring } from './live-writer.ts';
import { measureTriggerCost } from './trigger-cost.ts';

const BASELINE_MS = 10_000;
const SCOPE = { registry: choiceRegistry, fields: [FIELD], tenants: undefined };

interface Measured {
  readonly what: string;
  readonly rows: number;
  readonly perSecond: number;
  readonly writer?: Latencies;
}

const sizes = process.argv.slice(2).map(Number);
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error('expected numbers of rows, such as 100000 1000000');
const server = await startBenchServer();
try {
  const sections: string[] = [];
  for (const size of sizes.length > 0 ? sizes : [100_000, 1_000_000]) sections.push(await benchSize(server, size));
  const text = `# The migration, measured\n\n${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, embedded PostgreSQL on the same machine, \`fsync\` on.\n\`npm run -s bench:migration\` takes these figures again.\n\n${sections.join('\n\n')}\n`;
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/migration.md', text);
  process.stdout.write(text);
} finally {
  await server.stop();
}

async function benchSize(bench: BenchServer, rows: number): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${rows} rows: ${line}\n`);
  const template = `template_${rows}`;
  say('building the dataset');
  await withOwner(await bench.createDatabase(template), (database) => createDataset(database, rows));

  const onCopy = async <Result>(what: string, use: (url: string) => Promise<Result>): Promise<Result> => {
    say(what);
    const url = await bench.createDatabase('bench', template);
    await bench.run('postgres', 'CHECKPOINT');
    try {
      return await use(url);
    } finally {
      await bench.dropDatabase('bench');
    }
  };
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
  await bench.dropDatabase(template);

  const measured: Measured[] = [
    { what: 'one `UPDATE … FROM` (the floor)', ...floor },
    { what: '`choices migrate`, counting and settling included', ...ours },
    { what: 'a writer alone', rows: 0, perSecond: 0, writer: baseline.latencies },
    { what: 'one `UPDATE … FROM` beside a writer', ...floorLive.result, writer: floorLive.latencies },
    { what: '`choices migrate` beside a writer', ...oursLive.result, writer: oursLive.latencies },
  ];
  return [
    `## ${rows.toLocaleString('en')} leads, 20 tenants`,
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
    `The triggers' cost on an update of another column: ${cost.withMs.toFixed(0)} ms with, ${cost.withoutMs.toFixed(0)} ms without them, × ${cost.ratio.toFixed(3)} (median of pairs).`,
  ].join('\n\n');
}

async function timed(work: () => Promise<number>): Promise<{ rows: number; perSecond: number }> {
  const { milliseconds, result } = await measure(work);
  return { rows: result, perSecond: (result / milliseconds) * 1000 };
}
