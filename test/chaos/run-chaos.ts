import { setTimeout as delay } from 'node:timers/promises';
import { awaitBatch, listEnded } from './await-batch.ts';
import { type ChaosWorld, createChaosWorld, startWorkers } from './chaos-world.ts';
import { FIELDS, fillWorld, listRows, readFaults, readProgress, readUntouched, watchRefs } from './chaos-rows.ts';
import { kill, type Kill, KILLS, TARGETS } from './kill.ts';
import { type LedgerWriter, startLedgerWriter, type WriterKind } from './ledger-writer.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly leads: number;
  /** Of what is killed, and when. */
  readonly seed: number;
  /** Told how it goes. */
  readonly say: (line: string) => void;
}

/** What a chaos came to. All lists but `resumes` are empty where nothing went wrong. */
export interface ChaosResult {
  readonly killed: Readonly<Record<Kill, number>>;
  /** Milliseconds from each kill to the next batch that was committed. */
  readonly resumes: readonly { readonly kill: Kill; readonly milliseconds: number }[];
  readonly acknowledged: number;
  /** Rows that do not hold what their ledger says. */
  readonly lost: readonly string[];
  /** Untouched rows whose string changed. */
  readonly rewritten: readonly string[];
  /** Rows whose ref was set more than once. */
  readonly doneTwice: readonly string[];
  /** What `verify` and the samples of drift found, and workers that ended though nobody ended them. */
  readonly faults: readonly string[];
  /** Rows whose ref the backfill set. */
  readonly backfilled: number;
}

const WRITERS: readonly WriterKind[] = [
  ...Array<WriterKind>(3).fill('legacy API'),
  ...Array<WriterKind>(3).fill('new API'),
  ...Array<WriterKind>(2).fill('raw SQL'),
];
const ROWS_PER_WRITER = 40;
const BATCH_SIZE = 100;
/** The backfill is paced so that it lasts as long as that for each kill. */
const SECONDS_PER_KILL = 1.5;

/** Migrates while writers write and processes are killed, and looks at every row afterwards. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const world = await createChaosWorld();
  try {
    return await runIn(world, options);
  } finally {
    await world.stop();
  }
}

async function runIn(world: ChaosWorld, { kills, leads, seed, say }: ChaosOptions): Promise<ChaosResult> {
  const random = createRandom(seed);
  say(`filling: ${leads} leads`);
  await fillWorld(world, leads);
  const before = await readUntouched(world, ROWS_PER_WRITER * WRITERS.length);
  await watchRefs(world);
  // What is killed makes writers wait: that is not what is looked at here.
  await world.query('UPDATE choice_pace SET max_write_ms = 60000, max_lock_wait_ms = 60000');
  await startWorkers(world);
  await setPace(world, 1_000);
  await requestMigration(world);

  const rows = await listRows(world, ROWS_PER_WRITER * WRITERS.length);
  const writers = WRITERS.map((kind, n) => startLedgerWriter(world, kind, rows.slice(n * ROWS_PER_WRITER, (n + 1) * ROWS_PER_WRITER)));
  const killed = Object.fromEntries(KILLS.map((what) => [what, 0])) as Record<Kill, number>;
  const resumes: { kill: Kill; milliseconds: number }[] = [];
  const faults: string[] = [];
  for (let n = 0; n < kills; n++) {
    const { done, total } = await readProgress(world);
    await setPace(world, Math.max(100, Math.ceil((total - done) / ((kills - n + 1) * SECONDS_PER_KILL))));
    await delay(random() * 500);
    const target = TARGETS[Math.floor(random() * TARGETS.length)]!;
    const known = (await readProgress(world)).done;
    const at = performance.now();
    const what = await kill(world, target, random);
    killed[what] += 1;
    const resumed = await awaitBatch(world, known);
    const milliseconds = performance.now() - at;
    if (resumed) resumes.push({ kill: what, milliseconds });
    faults.push(...(await readFaults(world)));
    say(`kill ${n + 1} of ${kills}: ${what}, ${resumed ? `${milliseconds.toFixed(0)} ms` : 'no batch left'}, ${known} of ${total} done`);
  }

  await setPace(world, 'none');
  await Promise.all(writers.map((writer) => writer.stop()));
  say('finishing');
  const migrated = await world.command('migrate', '--json');
  if (migrated.exitCode !== 0) faults.push(`migrate ended with ${migrated.exitCode}: ${migrated.stdout}${migrated.stderr}`);
  faults.push(...(await listEnded(world)), ...(await verify(world)));
  return { ...(await lookAtEveryRow(world, writers, before)), killed, resumes, faults };
}

async function lookAtEveryRow(world: ChaosWorld, writers: readonly LedgerWriter[], before: ReadonlyMap<string, string>) {
  const ledger = new Map(writers.flatMap((writer) => [...writer.ledger].map(([id, value]) => [id, { value, kind: writer.kind }] as const)));
  const now = await world.query<{ id: string; industry: string; key: string | null }>(
    'SELECT lead.id, lead.industry, industry.key FROM lead LEFT JOIN industry ON industry.id = lead.industry_id',
  );
  const keyOf = (value: string) => (value === 'Technology' ? 'tech' : value === 'Mystery' ? null : value);
  // A ref that the row has already, by an alias of its string, changes nothing: the string stays.
  const holds = (written: { value: string; kind: WriterKind }, { industry, key }: { industry: string; key: string | null }) =>
    written.kind === 'new API' ? key === written.value && keyOf(industry) === key : industry === written.value && key === keyOf(industry);
  const lost = now
    .filter((row) => ledger.has(row.id) && !holds(ledger.get(row.id)!, row))
    .map(({ id, industry, key }) => `${ledger.get(id)!.kind}: ${id} has ${industry} and ${key}, its ledger says ${ledger.get(id)!.value}`);
  const untouched = await readUntouched(world, ROWS_PER_WRITER * WRITERS.length);
  const rewritten = [...before].filter(([id, hash]) => untouched.get(id) !== hash).map(([id]) => id);
  const twice = await world.query<{ id: string; field: string; count: number }>(
    'SELECT record_id AS id, field, count(*)::int AS count FROM chaos_ref_set GROUP BY 1, 2 HAVING count(*) > 1',
  );
  const [{ count }] = (await world.query<{ count: number }>('SELECT count(*)::int AS count FROM chaos_ref_set')) as [{ count: number }];
  return {
    acknowledged: writers.reduce((sum, writer) => sum + writer.acknowledged, 0),
    lost,
    rewritten,
    doneTwice: twice.filter(({ id }) => !ledger.has(id)).map((row) => JSON.stringify(row)),
    backfilled: count,
  };
}

async function requestMigration(world: ChaosWorld): Promise<void> {
  const fields = FIELDS.map((field) => field.enumValue).join(', ');
  const response = await fetch(world.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.token}` },
    body: JSON.stringify({ query: `mutation { migrateChoices(input: { fields: [${fields}] }) { run { id } } }` }),
  });
  const body = (await response.json()) as { errors?: unknown };
  if (body.errors) throw new Error(JSON.stringify(body.errors));
}

async function verify(world: ChaosWorld): Promise<string[]> {
  const { exitCode, stdout, stderr } = await world.command('verify');
  return exitCode === 0 ? [] : [`verify ended with ${exitCode}: ${stdout}${stderr}`];
}

async function setPace(world: ChaosWorld, rate: number | 'none'): Promise<void> {
  await world.query('UPDATE choice_pace SET batch_size = $1, rows_per_second = $2', [BATCH_SIZE, rate === 'none' ? null : rate]);
}

/** mulberry32: the same seed kills the same way. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
