/** An answer is kept for so many times as long as it took to find: whoever asks, finding it takes a tenth of the time at most. */
const KEPT_TIMES = 10;

/**
 * Finds an answer once for all who ask while it is being found, and for those who ask in the time after. A failure is only that of
 * those who waited for it. `now`: a clock in milliseconds.
 */
export function shareAnswer<Answer>(find: () => Promise<Answer>, now: () => number = () => performance.now()): () => Promise<Answer> {
  let shared: { readonly answer: Promise<Answer>; keptUntil: number } | undefined;
  return () => {
    if (shared !== undefined && now() < shared.keptUntil) return shared.answer;
    const begun = now();
    const next = { answer: find(), keptUntil: Infinity };
    shared = next;
    next.answer.then(
      () => (next.keptUntil = now() + (now() - begun) * KEPT_TIMES),
      () => (next.keptUntil = -Infinity),
    );
    return next.answer;
  };
}
