import { listOpenTransactions } from '../../../database/older-transactions.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { setMissingRefsByArchive } from './archive-batch.ts';
import type { Advance, Attempt } from './attempt.ts';
import { type Batch, setMissingRefs } from './batch.ts';
import type { ClaimedPart } from './claim.ts';
import { findLockHolders, findOlderTransactions } from './hindrance.ts';
import { moveMergedRefs, moveMergedRefsByArchive } from './move-refs.ts';
import { NIL, type Stage } from './part.ts';
import { endUnsettled, isBeingRestored, restPart, savePart } from './part-state.ts';

/** Does one batch of a claimed part, and keeps where the part is then, all in the claim's transaction. */
export async function advancePart(transaction: Sql, part: ClaimedPart, attempt: Attempt): Promise<Advance> {
  if (part.stage === 'await' && part.overdue) {
    const hindrances = await findOlderTransactions(transaction, part);
    if (hindrances.length > 0) return endUnsettled(transaction, part, hindrances, 0);
  }
  // On its way back from contracted, a string is in the archive and not yet in its column: a ref set now would rewrite it.
  if (part.contracted && (await isBeingRestored(transaction, part))) return restPart(transaction, part);

  const { stage, cursor, passUpdated, passSkipped } =
    part.stage === 'await' ? { stage: 'final' as Stage, cursor: NIL, passUpdated: 0, passSkipped: 0 } : part;
  const batch = await runBatch(transaction, part, cursor, attempt);
  const pass = { passUpdated: passUpdated + batch.updated, passSkipped: passSkipped + batch.skipped };
  const { updated } = batch;
  if (!batch.ended) {
    await savePart(transaction, part, { stage, cursor: batch.last, ...pass, updated }, attempt);
    return { updated, ended: false };
  }
  if (stage === 'sweep') {
    const awaited = (await listOpenTransactions(transaction)).map(({ id }) => id);
    await savePart(transaction, part, { stage: awaited.length > 0 ? 'await' : 'final', awaited, updated }, attempt);
    return { updated, ended: false };
  }
  if (pass.passSkipped > 0 && part.stage === 'final' && part.overdue)
    return endUnsettled(transaction, part, await findLockHolders(transaction, part), updated);
  await savePart(transaction, part, { stage, updated, waits: pass.passSkipped > 0 }, attempt);
  return { updated, ended: pass.passUpdated === 0 && pass.passSkipped === 0 };
}

/** Rows without a ref; once there are none behind the cursor, rows whose ref is a choice that was merged. */
async function runBatch(transaction: Sql, part: ClaimedPart, cursor: string, attempt: Attempt): Promise<Batch & { last: string }> {
  const [setRefs, moveRefs] = part.contracted ? [setMissingRefsByArchive, moveMergedRefsByArchive] : [setMissingRefs, moveMergedRefs];
  const run = async (runRows: typeof setMissingRefs): Promise<Batch> => {
    const reach = { cursor, limit: attempt.limit };
    if (attempt.limit > 1) return runRows(transaction, part, reach);
    const { last: only } = await runRows(transaction, part, { ...reach, looks: true });
    if (only === null) return { updated: 0, skipped: 0, last: null, ended: true };
    attempt.row = only;
    return { ...(await runRows(transaction, part, { ...reach, only })), ended: false };
  };
  const set = await run(setRefs);
  const last = set.last ?? cursor;
  if (!set.ended) return { ...set, last };
  const moved = await run(moveRefs);
  // Where nothing moved, all that is left of them is held by somebody.
  const ended = moved.ended || moved.updated === 0;
  return { updated: set.updated + moved.updated, skipped: set.skipped + moved.skipped, last, ended };
}
