/**
 * What recording the use of the schema costs a request: npm run -s bench:usage -- [ROUNDS]
 * Exits with 1 where it is above the target for any operation.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { startBenchServer, withOwner } from '../harness/bench-server.ts';
import { formatMarkdownTable, quantile } from '../harness/statistics.ts';
import { createDataset, RUN } from '../migration/dataset.ts';
import { compareSides, ORDERS, type Round, type SideFigures } from './compare-sides.ts';
import { measureIsolatedCost } from './isolated-cost.ts';
import { startMeasuredServer } from './measured-server.ts';
import { listOperations, TENANT, WORKERS } from './operations.ts';

const MOST = 0.03;
const LEADS = 20_000;
const SECRET = 'a secret of the benchmark that is long enough';
/** Nothing is deprecated here: without recording, nobody looks at what an operation uses. */
const VERSION = '2026-01';
const PATH = `/graphql/${VERSION}`;

const [rounds = 12] = process.argv.slice(2).map(Number);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`expected a number of rounds, such as 12, got ${process.argv[2]}`);

/** How much more the sides that record cost than the one that does not, by round. */
function costs(measured: readonly Round[], cost: (figures: SideFigures) => number): readonly number[] {
  return measured.map(({ recording, again, nothing }) => (cost(recording) + cost(again)) / 2 / cost(nothing) - 1);
}

/** How far the two sides that record are apart, by round: the noise. */
function differences(measured: readonly Round[], cost: (figures: SideFigures) => number): readonly number[] {
  return measured.map(({ recording, again }) => cost(again) / cost(recording) - 1);
}

/** How far at most those two are apart, three times out of four. */
function measureNoise(measured: readonly Round[]): number {
  return quantile(
    differences(measured, cpuOf).map((difference) => Math.abs(difference)),
    0.75,
  );
}

const median = (values: readonly number[]) => quantile(values, 0.5);
const percent = (value: number) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
const describe = (values: readonly number[]) =>
  `${percent(median(values))} (${percent(quantile(values, 0.25))} to ${percent(quantile(values, 0.75))})`;
const cpuOf = ({ cpuMicroseconds }: SideFigures) => cpuMicroseconds;
/** Of its profile. */
const shareOf = ({ shares: { observing, storing } }: Round) => observing + storing;
const timeOf = ({ requestsPerSecond }: SideFigures) => 1 / requestsPerSecond;

/** What an operation was measured to cost. */
interface Measured {
  readonly rounds: readonly Round[];
  /** In microseconds. */
  readonly isolated: readonly number[];
}

/** Measured within Apollo, and what storing takes afterwards, of what a request costs without recording. */
function isolatedShares({ rounds: measured, isolated }: Measured): readonly number[] {
  const without = median(measured.map(({ nothing }) => cpuOf(nothing)));
  const storing = median(measured.map(({ shares }) => shares.storing));
  return isolated.map((microseconds) => microseconds / without + storing);
}

function isWithinTarget(operation: Measured): boolean {
  const { rounds: measured } = operation;
  return (
    [isolatedShares(operation), measured.map(shareOf)].every((shares) => median(shares) <= MOST) &&
    quantile(costs(measured, cpuOf), 0.25) <= MOST + measureNoise(measured)
  );
}

const bench = await startBenchServer();
try {
  const url = await bench.createDatabase('usage');
  await withOwner(url, async (database) => {
    await createDataset(database, LEADS);
    await expandFields(database.sql, { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined }, RUN);
  });
  const token = await issueToken(SECRET, { subject: 'bench', tenant: TENANT, roles: ['writer'], expiresIn: '1d' });
  const operations = await withOwner(url, listOperations);
  const measured = operations.map((): Round[] => []);
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    // What a process happens to do better for one side, it does for as long as it lives.
    const server = await startMeasuredServer(url, SECRET, ORDERS[round % ORDERS.length]!);
    for (const [at, operation] of operations.entries()) measured[at]!.push(await compareSides(server, { path: PATH, token, operation }));
    await server.stop();
  }
  const results: Measured[] = [];
  for (const [at, operation] of operations.entries())
    results.push({ rounds: measured[at]!, isolated: await measureIsolatedCost(VERSION, operation) });
  const rows = operations.map(({ name }, at) => [
    name,
    median(results[at]!.isolated).toFixed(1),
    describe(isolatedShares(results[at]!)),
    describe(measured[at]!.map(shareOf)),
    ...(['recording', 'nothing'] as const).map((side) => median(measured[at]!.map((round) => cpuOf(round[side]))).toFixed(0)),
    describe(costs(measured[at]!, cpuOf)),
    describe(differences(measured[at]!, cpuOf)),
    ...(['recording', 'nothing'] as const).map((side) => median(measured[at]!.map((round) => round[side].requestsPerSecond)).toFixed(0)),
    describe(costs(measured[at]!, timeOf)),
    describe(differences(measured[at]!, timeOf)),
  ]);
  const text = `# The cost of recording use

${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, embedded PostgreSQL on the same machine, \`fsync\` on.
\`npm run -s bench:usage -- ${rounds}\` takes these figures again.

The server as it is built, over HTTP, with tokens, row-level security and limits; ${WORKERS} requests at a time, by 20 clients in 3 versions each, to
\`${PATH}\`, where without recording nobody looks at what an operation uses. The same process serves without recording and, twice, with it: what the two
differ by is noise. They take turns of less than half a second; a round is 5 s of each, in which what was recorded is stored once, and has
a process of its own, in which they start in another order. Compared within each round, the mean of the two with the one without: the
median of ${rounds} rounds, and the quartiles. CPU is that of the server's process, all threads, by request.

Such small differences drown in noise. So each round ends with a CPU profile of 5 s with recording: of the time that the process is busy, what
is spent beneath the function that observes a request, and on storing that afterwards; what garbage it makes is not in that. And
the same requests are handed to Apollo Server alone, without network, token and database, in batches with and without recording by turns:
the difference, garbage included, and storing, of the CPU that the whole request takes without. Caches are warm there, as they are not in a server.
By both, recording is to cost at most ${MOST * 100} %, and the comparison must not contradict it: its lower quartile is at most as much,
beyond what the two sides that record differ by in three rounds of four.

${formatMarkdownTable(
  [
    'operation',
    'recording alone, CPU µs',
    'recording, by that',
    'recording, by profile',
    'CPU µs with',
    'without',
    'recording costs, CPU',
    'noise, CPU',
    'requests/s with',
    'without',
    'recording costs, time',
    'noise, time',
  ],
  rows,
)}
`;
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/usage.md', text);
  process.stdout.write(text);
  process.exitCode = results.every(isWithinTarget) ? 0 : 1;
} finally {
  await bench.stop();
}
