import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../../database/owner-database.ts';
import type { Scope } from '../run.ts';
import { verifyRecords, type VerifyResult } from '../verify.ts';
import type { Finding } from './finding.ts';
import { recordVerification } from './record-verification.ts';

/** One of many verifications. */
export interface WatchRound {
  readonly result: VerifyResult;
  /** Findings that the round before did not have, or had in another number, and those that only it had. */
  readonly appeared: readonly Finding[];
  readonly vanished: readonly Finding[];
}

export interface WatchOptions {
  /** From the end of one round to the begin of the next, in milliseconds. */
  readonly every: number;
  /** Ends the watch: at once between two rounds, else when the statement under way has failed. */
  readonly signal: AbortSignal;
  readonly onRound: (round: WatchRound) => void;
  /** A round that failed, but for the first: a database that restarts is watched again when it is back. */
  readonly onFailure: (error: unknown) => void;
}

const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Verifies and records it, again and again until it is told to stop. Answers whether the last round was clean.
 * @throws what made the first round fail.
 */
export async function watchRecords(db: Sql, scope: Scope, { every, signal, onRound, onFailure }: WatchOptions): Promise<VerifyResult> {
  let last: VerifyResult | undefined;
  for (;;) {
    try {
      const result = await verifyRecords(db, scope);
      await recordVerification(db, result);
      onRound({ result, ...compareFindings(last?.findings ?? [], result.findings) });
      last = result;
    } catch (error) {
      if (last === undefined) throw error;
      if (signal.aborted) return last;
      onFailure(error);
      last = { ...last, ok: false };
    }
    await rest(every, signal);
    if (signal.aborted) return last;
  }
}

/** A timer of Node's waits for at most 2^31 - 1 milliseconds, and for one where it is asked for more. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let left = milliseconds; left > 0 && !signal.aborted; left -= LONGEST_TIMER)
    await delay(Math.min(left, LONGEST_TIMER), undefined, { signal }).catch(() => undefined);
}

function compareFindings(before: readonly Finding[], after: readonly Finding[]) {
  const keyOf = ({ code, field, tenant, message, count }: Finding) => JSON.stringify([code, field, tenant, message, count]);
  const subjectOf = ({ code, field, tenant }: Finding) => JSON.stringify([code, field, tenant]);
  const known = new Set(before.map(keyOf));
  const still = new Set(after.map(subjectOf));
  return {
    appeared: after.filter((finding) => !known.has(keyOf(finding))),
    vanished: before.filter((finding) => !still.has(subjectOf(finding))),
  };
}
