/** How long a batch's transaction should last, in milliseconds: a writer waits no longer for a row that it holds. */
const TARGET_MS = 50;
/** Rows of the first batch. */
const FIRST = 500;
const LEAST = 10;

/** Finds how many rows make a batch that does not last long. */
export interface BatchSizer {
  /** Rows of the next batch. */
  size(most: number): number;
  /** Takes note of a batch: how long it took, and how many rows it updated. */
  learn(milliseconds: number, updated: number): void;
}

/** Grows and shrinks by what the latest batches took; at most twofold at a time, so that one odd batch does not decide. */
export function createBatchSizer(): BatchSizer {
  let rows = FIRST;
  return {
    size: (most) => Math.min(most, rows),
    learn: (milliseconds, updated) => {
      // A batch that updated few rows says nothing about one that updates many.
      if (updated === 0 || (updated < rows / 2 && milliseconds < TARGET_MS)) return;
      const factor = Math.min(2, Math.max(0.5, TARGET_MS / milliseconds));
      rows = Math.max(LEAST, Math.round(Math.min(rows, Math.max(updated, LEAST)) * factor));
    },
  };
}
