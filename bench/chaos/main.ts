/** A hundred random kills under eight writers: npm run chaos -- [KILLS] [LEADS] [SEED] */
import { mkdir, writeFile } from 'node:fs/promises';
import { runChaos } from '../../test/chaos/run-chaos.ts';
import { KILLS } from '../../test/chaos/kill.ts';
import { formatMarkdownTable, quantile } from '../harness/statistics.ts';

const RESUME_WITHIN_MS = 2_000;

const [kills = 100, leads = 60_000, seed = 1] = process.argv.slice(2).map(Number);
const say = (line: string) => void process.stderr.write(`${line}\n`);
const { resumes, acknowledged, backfilled, killed, ...faults } = await runChaos({ kills, leads, seed, say });

const rows = KILLS.map((what) => {
  const times = resumes.filter((resume) => resume.kill === what).map((resume) => resume.milliseconds);
  return [what, killed[what], ...(times.length === 0 ? ['', ''] : [quantile(times, 0.5).toFixed(0), Math.max(...times).toFixed(0)])];
});
const text = [
  '# Chaos',
  `${kills} kills, ${leads} leads × 4 fields, seed ${seed}: \`npm run chaos -- ${kills} ${leads} ${seed}\``,
  formatMarkdownTable(['killed (SIGKILL)', 'times', 'median ms to the next batch', 'longest'], rows),
  formatMarkdownTable(
    ['what', 'found'],
    [
      ['writes acknowledged to 8 writers', acknowledged],
      ['refs set by the backfill', backfilled],
      ...Object.entries(faults).map(([name, list]) => [name, list.length] as const),
    ],
  ),
].join('\n\n');
await mkdir('bench/results', { recursive: true });
await writeFile('bench/results/chaos.md', `${text}\n`);
process.stdout.write(`${text}\n`);

const wrong = [
  ...Object.values(faults).flat(),
  ...resumes.filter((resume) => resume.milliseconds > RESUME_WITHIN_MS).map((resume) => `slow: ${JSON.stringify(resume)}`),
];
for (const line of wrong.slice(0, 50)) say(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
