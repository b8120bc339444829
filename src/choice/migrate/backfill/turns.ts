import type { Sql } from '../../../database/owner-database.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import { readPace } from '../pace.ts';
import { findStrain, measureStrain } from '../strain.ts';
import { createBatchSizer } from './batch-size.ts';
import { holdRate } from './rate.ts';

/** What was done in a turn: rows updated, and for how many milliseconds they were held. */
interface TurnWork {
  readonly updated: number;
  readonly milliseconds: number;
}

/** `held`: others feel it too much, in a few words. `work` undefined: there was none, or it was somebody else's turn. */
export type Turn<Work> = { readonly held: string } | { readonly held?: never; readonly work: Work | undefined };

/** The turns of one that works batch by batch, on one connection. */
export interface Turns {
  /** Whether the next turn looks first at what others feel. */
  isStrainDue(): boolean;
  take<Work extends TurnWork>(work: (batchSize: number) => Promise<Work | undefined>): Promise<Turn<Work>>;
}

export const STRAIN_EVERY_MS = 250;

/** Keeps to the pace that is set for backfills, lets batches be as large as they last no longer than they should, and holds while others feel it. */
export function createTurns(connection: Sql, registry: ChoiceRegistry, signal?: AbortSignal): Turns {
  const sizer = createBatchSizer();
  let measuredAt = Number.NEGATIVE_INFINITY;
  const isStrainDue = () => performance.now() - measuredAt >= STRAIN_EVERY_MS;
  return {
    isStrainDue,
    take: async (work) => {
      const pace = await readPace(connection);
      if (isStrainDue()) {
        const held = findStrain(await measureStrain(connection, registry), pace);
        if (held !== undefined) return { held };
        measuredAt = performance.now();
      }
      return {
        work: await holdRate(connection, pace.rowsPerSecond, signal, async (most) => {
          const done = await work(Math.min(sizer.size(pace.batchSize), most));
          if (done) sizer.learn(done.milliseconds, done.updated);
          return done;
        }),
      };
    },
  };
}
