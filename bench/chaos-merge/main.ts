/** A merge under writers, observers and kills of its mover: npm run chaos:merge -- [LEADS] [KILLS] [SEED] */
import { mkdir, writeFile } from 'node:fs/promises';
import startTestServer from '../../test/harness/global-setup.ts';
import stopTestServer from '../../test/harness/global-teardown.ts';
import { type MergeChaosResult, runMergeChaos } from '../../test/chaos/run-merge-chaos.ts';
import { formatMarkdownTable } from '../harness/statistics.ts';

const WITHIN_MS = 15 * 60_000;

const [leads = 200_000, kills = 3, seed = 1] = process.argv.slice(2).map(Number);
const say = (line: string) => void process.stderr.write(`${line}\n`);
await startTestServer();
try {
  const result = await runMergeChaos({ leads, kills, seed, withinMs: WITHIN_MS, say });
  const text = describe(result);
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/chaos-merge.md', `${text}\n`);
  process.stdout.write(`${text}\n`);
  for (const line of result.faults.slice(0, 50)) say(line);
  process.exitCode = result.faults.length === 0 ? 0 : 1;
} finally {
  await stopTestServer();
}

function describe({
  milliseconds,
  movedAtKills,
  moved,
  batches,
  seen,
  written,
  refused,
  edited,
  restored,
  faults,
}: MergeChaosResult): string {
  const share = (rows: number) => `${rows} (${((100 * rows) / leads).toFixed(1)} %)`;
  return [
    '# Chaos of a merge',
    `A choice of ${leads} leads merged away, ${kills} kills (SIGKILL) of the only server, seed ${seed}: \`npm run chaos:merge -- ${leads} ${kills} ${seed}\``,
    formatMarkdownTable(
      ['what', 'milliseconds'],
      [
        ['the merge, until it was answered', milliseconds.merge],
        ['… until all refs had followed, with the kills', milliseconds.follow],
        ['the undoing, until it was answered', milliseconds.undo],
        ['… until all refs had returned', milliseconds.return],
        ['longest that an observer was without an answer', seen.longestGapMs],
        ['… while the server was killed and replaced', seen.longestGapOfKillMs],
      ].map(([what, figure]) => [what!, Math.round(Number(figure))]),
    ),
    formatMarkdownTable(
      ['what', 'found'],
      [
        ...movedAtKills.map((at, n) => [`refs that had followed at kill ${n + 1}`, share(at)]),
        ['refs moved by the merge', moved],
        ['in batches', batches],
        ['observations of all as before', seen.before],
        ['observations of all as after', seen.after],
        ['observations of a merge half done', seen.halfMerged.length],
        ['writes acknowledged to 3 writers', written],
        ['reads and writes refused', refused],
        ['records edited after the merge, which the undoing lists', edited],
        ['records that are what they were, byte for byte', restored],
        ['faults', faults.length],
      ],
    ),
  ].join('\n\n');
}
