/**
 * Whether anybody is shown a choice as it was before: npm run -s bench:staleness -- [PAIRS]
 * Exits with 1 where a read that began after a rename was answered showed the name of before.
 */
import { writeFile } from 'node:fs/promises';
import { formatReport } from './report.ts';
import { takePairs } from './take-pairs.ts';

const [pairs = 10_000] = process.argv.slice(2).map(Number);
if (!(pairs >= 1)) throw new Error(`expected how many pairs, such as 10000, got ${process.argv.slice(2).join(' ')}`);
// So that what is to be ended with this process is.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const results = await takePairs(pairs, (line) => void process.stderr.write(`${line}\n`));
const text = formatReport(results);
await writeFile('bench/results/staleness.md', text);
process.stdout.write(text);
process.exitCode = results.kinds.some(({ stale }) => stale > 0) ? 1 : 0;
