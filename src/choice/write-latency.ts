/** How long the latest writes of this process took. */
export interface WriteLatency {
  record(milliseconds: number): void;
  /** How long the fastest of the slowest twentieth took, in milliseconds; null where nothing was written of late. */
  slowestTwentieth(): number | null;
  /** The writes until now, those under way included, say nothing of those to come. */
  forget(): void;
}

/** Short, because whoever holds for slow writes is to go on soon after. */
const REMEMBERED_MS = 2_000;
/** Enough for a twentieth to say something, few enough to sort at every heartbeat. */
const REMEMBERED_WRITES = 1_000;

/** Remembers the writes of the last two seconds, the latest thousand of them at most. `now` is in milliseconds. */
export function createWriteLatency(now: () => number = () => performance.now()): WriteLatency {
  const writes: { readonly at: number; readonly milliseconds: number }[] = [];
  let forgottenAt = -Infinity;
  return {
    record: (milliseconds) => {
      const at = now();
      if (at - milliseconds < forgottenAt) return;
      writes.push({ at, milliseconds });
      if (writes.length > REMEMBERED_WRITES) writes.shift();
    },
    slowestTwentieth: () => {
      const since = now() - REMEMBERED_MS;
      const latest = writes.filter(({ at }) => at >= since).map(({ milliseconds }) => milliseconds);
      latest.sort((one, other) => other - one);
      return latest[Math.max(0, Math.ceil(latest.length / 20) - 1)] ?? null;
    },
    forget: () => {
      writes.length = 0;
      forgottenAt = now();
    },
  };
}
