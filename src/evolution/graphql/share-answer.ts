/** An answer is kept for so many times as long as it took to find: whoever asks, finding it takes a tenth of the time at most. */
const KEPT_TIMES = 10;

/**
 * Finds an answer once for all who ask the same while it is being found, and for those who ask in the time after. A failure is only
 * that of those who waited for it. `now`: a clock in milliseconds.
 */
export function shareAnswers<Question, Answer>(
  find: (question: Question) => Promise<Answer>,
  now: () => number = () => performance.now(),
): (question: Question) => Promise<Answer> {
  const shared = new Map<Question, { readonly answer: Promise<Answer>; keptUntil: number }>();
  return (question) => {
    for (const [asked, { keptUntil }] of shared) if (now() >= keptUntil) shared.delete(asked);
    const known = shared.get(question);
    if (known !== undefined) return known.answer;
    const begun = now();
    const next = { answer: find(question), keptUntil: Infinity };
    shared.set(question, next);
    next.answer.then(
      () => (next.keptUntil = now() + (now() - begun) * KEPT_TIMES),
      () => (next.keptUntil = -Infinity),
    );
    return next.answer;
  };
}
