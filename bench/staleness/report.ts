import { formatMarkdownTable, quantile } from '../harness/statistics.ts';
import type { StalenessResults } from './take-pairs.ts';

/** What was found, for people. */
export function formatReport({ kinds, machine, seconds, otherReads }: StalenessResults): string {
  const pairs = kinds.reduce((sum, kind) => sum + kind.pairs, 0);
  return `# Whether anybody sees a choice as it was

${new Date().toISOString().slice(0, 10)}. ${machine}. \`npm run -s bench:staleness -- ${pairs}\` takes it again.

Two servers as \`npm start\` starts them, on one PostgreSQL. A choice is renamed, and once that is answered a lead that has it is read; four choices at a
time, while two others read all of them: ${otherReads.toLocaleString('en')} reads beside, in ${seconds.toFixed(0)} s. Bound: none is stale ([decision 18](../../docs/decisions/0018-what-is-known-of-choices-carries-a-stamp.md)).

${formatMarkdownTable(
  ['', 'pairs', 'stale', 'the read, p50 ms', 'p99 ms'],
  kinds.map(({ title, pairs: taken, stale, milliseconds }) => [
    title,
    taken.toLocaleString('en'),
    stale === 0 ? '0' : `**${stale}**`,
    quantile(milliseconds, 0.5).toFixed(1),
    quantile(milliseconds, 0.99).toFixed(1),
  ]),
)}
`;
}
