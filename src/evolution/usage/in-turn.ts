/** Runs work one at a time: a call during a run is answered by the next run, together with all others of that time. */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = () => (running = work().finally(() => (running = undefined)));
  return () => {
    if (running === undefined) return run();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        // Whoever called in between began a run that is late enough.
        return running ?? run();
      });
    return next;
  };
}
