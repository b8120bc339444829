import { setTimeout as delay } from 'node:timers/promises';
import { contractFields } from '../../src/choice/migrate/contract.ts';
import { preferFields } from '../../src/choice/migrate/prefer.ts';
import type { Phase } from '../../src/choice/migrate/phase.ts';
import { rollbackFields } from '../../src/choice/migrate/rollback.ts';
import type { Sql } from '../../src/database/owner-database.ts';
import { withOwner } from '../harness/bench-server.ts';
import { formatMarkdownTable, measure } from '../harness/statistics.ts';
import { completeMigration, RUN, SCOPE } from './dataset.ts';
import { measureFlip, measureLongestLock } from './flip-span.ts';
import { joinServer, REQUEST_MS } from './live-server.ts';
import { type ChoiceColumn, type Latencies, writeDuring } from './live-writer.ts';
import { openStatementClock, type StatementClock } from './statement-clock.ts';

/** How long the writer writes before a step, and after it. */
const MARGIN_MS = 500;

export const FLIPS_CAPTION = [
  'The flips: one step after the other, on one database whose field was migrated.',
  'A *flip* lasts from the first statement that changes a phase, or what servers are told of where strings are, until the last such change is',
  'committed. So the wait for the server and for locks, and what is done to the table under them, count; what is counted, archived, filled,',
  'built and waited for before, and what is cleaned up after, is in the whole only. *Under a lock* is the longest message that keeps writers of',
  'the table out, the wait for its lock included.',
  `One server has joined, whose requests last ${REQUEST_MS} ms; it leaves before the way to legacy. One writer writes refs and another column by`,
  `turns, on the way to legacy strings instead of refs, from ${MARGIN_MS} ms before each step until ${MARGIN_MS} ms after it.`,
].join('\n');

interface Step {
  readonly name: string;
  readonly run: (db: Sql) => Promise<{ readonly fields: readonly { readonly changed: boolean }[] }>;
  /** What the writer writes: a column that is there before the step and after it. */
  readonly writes: ChoiceColumn;
}

interface MeasuredStep {
  readonly name: string;
  readonly wholeMs: number;
  readonly flipMs: number;
  readonly lockMs: number | undefined;
  readonly writer: Latencies;
}

/** Nobody has written strings alone since the column is kept in step: no evidence older than the step is asked for. */
const CONTRACT = { ...RUN, window: 0 };

const prefer: Step = { name: '`prefer`', run: (db) => preferFields(db, SCOPE, RUN), writes: 'industry_id' };
const contract: Step = { name: '`contract`', run: (db) => contractFields(db, SCOPE, CONTRACT), writes: 'industry_id' };
const rollback = (to: Phase, writes: ChoiceColumn): Step => ({
  name: `\`rollback --to ${to}\``,
  run: (db) => rollbackFields(db, SCOPE, { ...RUN, to }),
  writes,
});

const STEPS_WITH_SERVER = [
  prefer,
  rollback('migrated', 'industry_id'),
  prefer,
  contract,
  rollback('preferred', 'industry_id'),
  rollback('migrated', 'industry_id'),
  rollback('expanded', 'industry_id'),
];
const STEPS_WITHOUT_SERVER = [rollback('legacy', 'industry')];

/** Takes the field from migrated to contracted and back to legacy. Returns a table. */
export async function benchFlips(url: string, say: (line: string) => void): Promise<string> {
  return withOwner(url, async (database) => {
    await completeMigration(database);
    const clock = openStatementClock(database);
    const runAll = async (steps: readonly Step[]) => {
      const measured: MeasuredStep[] = [];
      for (const step of steps) {
        say(step.name);
        measured.push(await measureStep(url, clock, step));
      }
      return measured;
    };
    const server = await joinServer(url, database);
    const withServer = await runAll(STEPS_WITH_SERVER).finally(() => server.leave());
    return format([...withServer, ...(await runAll(STEPS_WITHOUT_SERVER))]);
  });
}

async function measureStep(url: string, clock: StatementClock, { name, run, writes }: Step): Promise<MeasuredStep> {
  const work = async () => {
    await delay(MARGIN_MS);
    clock.take();
    const { milliseconds, result } = await measure(() => run(clock.sql));
    const statements = clock.take();
    if (!result.fields.every(({ changed }) => changed))
      throw new Error(`expected that ${name} changes the phase everywhere, got a part where it was so`);
    await delay(MARGIN_MS);
    return { wholeMs: milliseconds, flipMs: measureFlip(statements), lockMs: measureLongestLock(statements) };
  };
  const { result, latencies } = await writeDuring(url, work, writes);
  return { name, ...result, writer: latencies };
}

function format(steps: readonly MeasuredStep[]): string {
  return formatMarkdownTable(
    ['step', 'whole ms', 'the flip ms', 'under a lock ms', 'writer p99 ms', 'longest write ms', 'writes'],
    steps.map(({ name, wholeMs, flipMs, lockMs, writer }) => [
      name,
      wholeMs.toFixed(0),
      flipMs.toFixed(0),
      lockMs?.toFixed(0) ?? '–',
      writer.p99.toFixed(1),
      writer.longest.toFixed(0),
      writer.writes,
    ]),
  );
}
