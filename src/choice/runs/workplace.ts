import type { Sql } from '../../database/owner-database.ts';
import type { RunStep } from './choice-run.ts';

/** Runs by their step, and what a request waits for: what a step would do, and the mapping of values. */
export type WorkKind = RunStep | 'dryRun' | 'map';

/** Does what may take long, on connections of its own: what is to be answered at once finds others free. */
export interface Workplace {
  /** Does work once there is room for it, in the order in which it was asked for. */
  work<Result>(kind: WorkKind, work: (db: Sql) => Promise<Result>): Promise<Result>;
}

/** How much of each kind is done at once. Each has its own room: a migration that is paused for days holds up no rollback. */
const AT_ONCE = 2;
/** How many connections work may hold at once. What takes turns with others holds its turn by one, and works on another. */
const CONNECTIONS = { migrate: 1, verify: 1, prefer: 1, rollback: 2, merge: 1, dryRun: 1, map: 2 } as const satisfies Record<
  WorkKind,
  number
>;

/** How many connections the database of a workplace has to give. With fewer, work that holds one may wait for another for ever. */
export const WORKPLACE_CONNECTIONS = AT_ONCE * Object.values(CONNECTIONS).reduce<number>((sum, count) => sum + count, 0);

export function createWorkplace(db: Sql): Workplace {
  const queues = new Map(Object.keys(CONNECTIONS).map((kind) => [kind, createQueue(AT_ONCE)]));
  return { work: (kind, work) => queues.get(kind)!(() => work(db)) };
}

/** Lets so many in at once; whoever leaves gives its place to whoever has waited longest. */
function createQueue(places: number) {
  const waiting: (() => void)[] = [];
  let free = places;
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      return await work();
    } finally {
      const enterNext = waiting.shift();
      if (enterNext) enterNext();
      else free += 1;
    }
  };
}
