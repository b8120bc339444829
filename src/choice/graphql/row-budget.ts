import { LimitExceededError } from '../../errors.ts';

/** Most rows that the lists of one operation may ask for together. */
const MOST_ROWS = 10_000;

/** What one operation may still ask for. */
export interface RowBudget {
  /** @throws LimitExceededError once the lists of the operation ask for more than 10,000 rows together. */
  take(rows: number): void;
}

export function createRowBudget(): RowBudget {
  let asked = 0;
  return {
    take: (rows) => {
      asked += rows;
      if (asked > MOST_ROWS)
        throw new LimitExceededError(`The lists of this operation ask for ${asked} rows together: expected at most ${MOST_ROWS}`, {
          limit: MOST_ROWS,
        });
    },
  };
}
