/**
 * How fast reads are, beside what the database itself can do and beside other servers:
 * npm run -s bench:read-path -- [--servers NAME,…] [--operations NAME,…] [ROUNDS] [SLICE_SECONDS] [LEADS]
 * Exits with 1 where a target of design §11 is missed. With a part alone, the results are printed only: those that are kept are whole.
 * npm run -s bench:read-path -- --profile [SECONDS] [LEADS] tells where our server spends its time.
 */
import { parseArgs } from 'node:util';
import { measureReadPath } from './measure.ts';
import { writeProfile } from './profile.ts';
import { formatReport } from './report.ts';
import { checkTargets } from './targets.ts';
import { writeResults } from './write-results.ts';

const { values, positionals } = parseArgs({
  options: { profile: { type: 'boolean', default: false }, servers: { type: 'string' }, operations: { type: 'string' } },
  allowPositionals: true,
});
const numbers = positionals.map(Number);
if (numbers.some((number) => !(number > 0))) throw new Error(`expected numbers above 0, such as 5 3 200000, got ${positionals.join(' ')}`);
const say = (line: string) => void process.stderr.write(`${line}\n`);
// So that what is to be ended with this process is.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

if (values.profile) {
  const [seconds = 10, leads = 200_000] = numbers;
  process.stdout.write(await writeProfile({ seconds, leads, say }));
} else {
  const [rounds = 5, seconds = 3, leads = 200_000] = numbers;
  const servers = values.servers?.split(',');
  const operations = values.operations?.split(',');
  const results = await measureReadPath({ rounds, seconds, leads, servers, operations, say });
  const targets = checkTargets(results);
  const isWhole = servers === undefined && operations === undefined;
  process.stdout.write(isWhole ? await writeResults(results, targets) : formatReport(results, targets));
  const missed = targets.filter(({ met }) => !met);
  for (const { what, wanted, got } of missed) say(`missed: ${what}: wanted ${wanted}, got ${got}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}
