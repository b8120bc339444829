/** A statement is prepared once it has come so often. */
const WORTH_PREPARING = 3;
/** So many texts are counted, and so many are prepared: each takes memory of every connection. */
const MOST_COUNTED = 5_000;
const MOST_PREPARED = 500;

/** The names under which connections prepare what comes often, so that PostgreSQL parses and plans it once for each of them. */
export interface StatementNames {
  /** Undefined for what goes without a name. */
  find(text: string): string | undefined;
  /**
   * `structure` stands for the tables' structure: what was prepared for another one is prepared anew, since a column may have come back
   * as another.
   */
  renew(structure: unknown): void;
}

export function createStatementNames(): StatementNames {
  let current: unknown;
  let last = 0;
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  return {
    renew: (structure) => {
      if (structure === current) return;
      current = structure;
      counts.clear();
      names.clear();
    },
    find: (text) => {
      const known = names.get(text);
      if (known !== undefined || names.size >= MOST_PREPARED) return known;
      const count = (counts.get(text) ?? 0) + 1;
      if (count < WORTH_PREPARING) {
        // Those that came once are forgotten together.
        if (counts.size >= MOST_COUNTED) counts.clear();
        counts.set(text, count);
        return undefined;
      }
      counts.delete(text);
      const name = `often_${(last += 1)}`;
      names.set(text, name);
      return name;
    },
  };
}

/** For connections that lead to a pooler: what was prepared by one may be missing for the next. */
export const noStatementNames: StatementNames = { find: () => undefined, renew: () => undefined };
