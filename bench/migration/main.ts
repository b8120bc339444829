/**
 * What a migration costs, beside what it could cost at least, and how long its flips take:
 * npm run -s bench:migration -- [--only backfill|flips] [ROWS…]
 * Every figure of the backfill is taken on a fresh copy of the same database, the flips one after the other on one more. One part
 * alone is printed only: the results that are kept are whole.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type BenchServer, startBenchServer, withOwner } from '../harness/bench-server.ts';
import { benchBackfill, type OnCopy } from './backfill.ts';
import { createDataset } from './dataset.ts';
import { benchFlips, FLIPS_CAPTION } from './flips.ts';

const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
const { only } = values;
if (only !== undefined && only !== 'backfill' && only !== 'flips') throw new Error(`--only: expected backfill or flips, got ${only}`);
const sizes = positionals.map(Number);
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error('expected numbers of rows, such as 100000 1000000');
const server = await startBenchServer();
try {
  const sections: string[] = [];
  for (const size of sizes.length > 0 ? sizes : [100_000, 1_000_000]) sections.push(await benchSize(server, size));
  const text = `# The migration, measured\n\n${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, embedded PostgreSQL on the same machine, \`fsync\` on.\n\`npm run -s bench:migration\` takes these figures again.\n\n${sections.join('\n\n')}\n`;
  if (only === undefined) {
    await mkdir('bench/results', { recursive: true });
    await writeFile('bench/results/migration.md', text);
  }
  process.stdout.write(text);
} finally {
  await server.stop();
}

async function benchSize(bench: BenchServer, rows: number): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${rows} rows: ${line}\n`);
  const template = `template_${rows}`;
  say('building the dataset');
  await withOwner(await bench.createDatabase(template), (database) => createDataset(database, rows));

  const onCopy: OnCopy = async (what, use) => {
    say(what);
    const url = await bench.createDatabase('bench', template);
    await bench.run('postgres', 'CHECKPOINT');
    try {
      return await use(url);
    } finally {
      await bench.dropDatabase('bench');
    }
  };
  const sections = [`## ${rows.toLocaleString('en')} leads, 20 tenants`];
  if (only !== 'flips') sections.push(await benchBackfill(onCopy));
  if (only !== 'backfill') sections.push(FLIPS_CAPTION, await onCopy('the flips', (url) => benchFlips(url, say)));
  await bench.dropDatabase(template);
  return sections.join('\n\n');
}
