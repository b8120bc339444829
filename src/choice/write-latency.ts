/** How long the latest writes of this process took. */
export interface WriteLatency {
  record(milliseconds: number): void;
  /** How long the fastest of the slowest twentieth took, in milliseconds; null where nothing was written of late. */
  slowestTwentieth(): number | null;
}

const REMEMBERED_MS = 10_000;
/** Enough for a twentieth to say something, few enough to sort at every heartbeat. */
const REMEMBERED_WRITES = 1_000;

/** Remembers the writes of the last ten seconds, the latest thousand of them at most. `now` is in milliseconds. */
export function createWriteLatency(now: () => number = () => performance.now()): WriteLatency {
  const writes: { readonly at: number; readonly milliseconds: number }[] = [];
  return {
    record: (milliseconds) => {
      writes.push({ at: now(), milliseconds });
      if (writes.length > REMEMBERED_WRITES) writes.shift();
    },
    slowestTwentieth: () => {
      const since = now() - REMEMBERED_MS;
      const latest = writes.filter(({ at }) => at >= since).map(({ milliseconds }) => milliseconds);
      latest.sort((one, other) => other - one);
      return latest[Math.max(0, Math.ceil(latest.length / 20) - 1)] ?? null;
    },
  };
}
