import { verifyRecords } from '../../src/choice/migrate/verify.ts';
import { type MergeObservations, startMergeObservers, startMergeWriters } from './merge-traffic.ts';
import { type Answer, createMergeWorld, type MergeWorld } from './merge-world.ts';

export interface MergeChaosOptions {
  /** How many leads have the choice that is merged away, beside the few that the writers write. */
  readonly leads: number;
  readonly kills: number;
  readonly seed: number;
  /** How long all of it may take. */
  readonly withinMs: number;
  /** Told how it goes. */
  readonly say: (line: string) => void;
}

/** What a merge under kills came to. `faults` is empty where nothing went wrong. */
export interface MergeChaosResult {
  /** Until the merge was answered, and until all records had followed; the same of its undoing. */
  readonly milliseconds: { readonly merge: number; readonly follow: number; readonly undo: number; readonly return: number };
  /** Records of the loser's that had followed at each kill. */
  readonly movedAtKills: readonly number[];
  readonly moved: number;
  /** Transactions in which they moved. */
  readonly batches: number;
  readonly seen: Readonly<MergeObservations>;
  readonly written: number;
  /** Reads and writes that the API or the database refused. */
  readonly refused: number;
  /** Records that the undoing lists. */
  readonly edited: number;
  /** Records of the loser's that are what they were before the merge, byte for byte. */
  readonly restored: number;
  readonly faults: readonly string[];
}

const OBSERVERS = 2;
/** Half of them before the record has followed. */
const EDITS = 10;

/** Merges a choice that many records have, undoes it after a few edits, and looks at every record; its mover, the only server, is killed meanwhile. */
export async function runMergeChaos(options: MergeChaosOptions): Promise<MergeChaosResult> {
  const { leads, seed, say, withinMs } = options;
  say(`filling: ${leads} leads`);
  const world = await createMergeWorld(leads, withinMs);
  try {
    // What is killed makes writers wait: that is not what is looked at here.
    await world.query('UPDATE choice_pace SET max_write_ms = 60000, max_lock_wait_ms = 60000');
    await world.startServer();
    const writers = startMergeWriters(world, seed);
    const observers = startMergeObservers(world, OBSERVERS);
    try {
      const merge = await mergeUnderKills(world, options, observers.seen);
      await observers.stop();
      await writers.settleDown();
      const undo = await undoAfterEdits(world, merge.edits, say);
      await writers.stop();
      const { seen } = observers;
      const restored = await world.count(
        'SELECT count(*) FROM chaos_before AS before JOIN lead USING (id) WHERE lead::text = before.bytes',
      );
      const faults = [
        ...merge.faults,
        ...undo.faults,
        ...writers.refused,
        ...seen.refused,
        ...seen.halfMerged,
        ...(await findFaults(world)),
      ];
      if (restored !== leads - EDITS) faults.push(`${restored} of ${leads - EDITS} records are what they were`);
      return {
        milliseconds: { ...merge.milliseconds, ...undo.milliseconds },
        movedAtKills: merge.movedAtKills,
        ...merge.moves,
        seen,
        written: writers.written,
        refused: writers.refused.length + seen.refused.length,
        edited: undo.edited,
        restored,
        faults,
      };
    } finally {
      await Promise.all([observers.stop(), writers.stop()]);
    }
  } finally {
    await world.stop();
  }
}

/** Each kill comes when its share of the records has followed, and not by the clock. */
async function mergeUnderKills(world: MergeWorld, { leads, kills, say }: MergeChaosOptions, seen: Readonly<MergeObservations>) {
  const faults: string[] = [];
  const movedAtKills: number[] = [];
  const countMoved = async () => leads - (await countAtLoser(world));
  await world.until('observers see what is before', () => seen.before >= 3);
  // No kill comes late by many batches.
  await world.query('UPDATE choice_pace SET batch_size = $1, rows_per_second = $2', Math.ceil(leads / 200), Math.ceil(leads / 10));
  const begun = performance.now();
  await change(world, 'mutation ($input: MergeChoicesInput!) { mergeChoices(input: $input) { moved } }', {
    type: 'INDUSTRY',
    loserIds: [world.loserId],
    survivorId: world.survivorId,
  });
  const merge = performance.now() - begun;
  say(`merged within ${merge.toFixed(0)} ms`);
  const edits: string[] = [];
  for (let n = 1; n <= kills; n++) {
    await world.until(`${n}/${kills + 1} of the records follow`, async () => (await countMoved()) >= (leads * n) / (kills + 1));
    await world.killServer();
    movedAtKills.push(await countMoved());
    say(`kill ${n} of ${kills}: ${movedAtKills.at(-1)} of ${leads} had followed`);
    if (await isSettled(world)) faults.push('the mover had come to its end before it was killed');
    if (n === kills) edits.push(...(await editBeforeTheyFollow(world)));
    await world.startServer();
  }
  await world.query('UPDATE choice_pace SET batch_size = DEFAULT, rows_per_second = DEFAULT');
  await world.until('all records follow', () => isSettled(world));
  const follow = performance.now() - begun;
  say(`all had followed after ${follow.toFixed(0)} ms`);
  await world.until('observers see what is after', () => seen.after >= 3);
  const left = await countAtLoser(world);
  if (left > 0) faults.push(`${left} records have not followed`);
  const [moves] = await world.query<{ moved: number; batches: number }>(
    `SELECT count(*)::int AS moved, count(DISTINCT noted.xmin::text)::int AS batches
     FROM choice_merge_row AS noted JOIN chaos_before ON id = record_id WHERE id <> ALL ($1)`,
    edits,
  );
  if (moves!.moved !== leads - edits.length) faults.push(`${moves!.moved} of ${leads - edits.length} moves are noted`);
  return { milliseconds: { merge, follow }, movedAtKills, moves: moves!, edits, faults };
}

/** Nobody moves them meanwhile: the server is gone. */
async function editBeforeTheyFollow(world: MergeWorld): Promise<string[]> {
  const rows = await world.query<{ id: string }>(
    `UPDATE lead SET industry = 'retail'
     WHERE id = ANY (ARRAY(SELECT id FROM lead JOIN chaos_before USING (id) WHERE industry_id = $1 LIMIT $2)) RETURNING id`,
    world.loserId,
    EDITS / 2,
  );
  world.leads -= rows.length;
  return rows.map(({ id }) => id);
}

/** Undoes the merge while writers write the loser's string: what they write is no edit. */
async function undoAfterEdits(world: MergeWorld, early: readonly string[], say: (line: string) => void) {
  const late = await world.query<{ id: string }>(
    'SELECT id FROM chaos_before WHERE id <> ALL ($1) ORDER BY md5(bytes) LIMIT $2',
    early,
    EDITS - early.length,
  );
  for (const { id } of late)
    await change(
      world,
      'mutation ($input: UpdateLeadInput!, $id: ID!) { updateLead(id: $id, input: $input) { lead { id } } }',
      { industryRef: { key: 'retail' } },
      id,
    );
  const begun = performance.now();
  const { undoChoiceMerge } = await change(
    world,
    'mutation ($input: UndoChoiceMergeInput!) { undoChoiceMerge(input: $input) { editedCount edited { id } } }',
    { type: 'INDUSTRY', loserId: world.loserId },
  );
  const undo = performance.now() - begun;
  await world.until('all records return', () => isSettled(world));
  const milliseconds = { undo, return: performance.now() - begun };
  say(`undone within ${undo.toFixed(0)} ms, all had returned after ${milliseconds.return.toFixed(0)} ms`);
  const listed = new Set<string>(undoChoiceMerge.edited.map(({ id }: { id: string }) => id));
  const edits = new Set([...early, ...late.map(({ id }) => id)]);
  const faults = [
    ...[...edits.difference(listed)].map((id) => `edited and not listed: ${id}`),
    ...[...listed.difference(edits)].map((id) => `listed and not edited: ${id}`),
  ];
  return { milliseconds, edited: undoChoiceMerge.editedCount as number, faults };
}

/** What is wrong with the records after all. */
async function findFaults(world: MergeWorld): Promise<string[]> {
  const own = await world.count(`SELECT count(*) FROM lead WHERE industry = 'finance'`);
  const returned = await countAtLoser(world);
  const { findings } = await verifyRecords(world.crm.owner.sql, world.crm.scope);
  return [
    ...(returned === own ? [] : [`${own} records carry the loser's string, ${returned} have its ref`]),
    ...findings.map((finding) => JSON.stringify(finding)),
  ];
}

function countAtLoser(world: MergeWorld): Promise<number> {
  return world.count('SELECT count(*) FROM lead WHERE tenant_id = $1 AND industry_id = $2', world.crm.tenant('acme').id, world.loserId);
}

async function isSettled(world: MergeWorld): Promise<boolean> {
  return (await world.count('SELECT count(*) FROM choice_merge WHERE settled_at IS NULL')) === 0;
}

/** @throws where it was refused, or not answered. */
async function change(world: MergeWorld, text: string, input: object, id?: string): Promise<Answer['data']> {
  const answer = await world.ask(text, { input, id });
  if (answer === undefined || answer.errors) throw new Error(`${text}: ${JSON.stringify(answer?.errors ?? 'no answer')}`);
  return answer.data;
}
