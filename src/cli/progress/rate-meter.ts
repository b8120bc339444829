import type { Progress } from '../../choice/migrate/run.ts';

/** How fast one step goes, on average since it was first seen, and how long it still takes; undefined while nobody can tell. */
export interface Pace {
  readonly perSecond: number | undefined;
  readonly secondsLeft: number | undefined;
}

/** Measures one step after the other; `now` is in milliseconds. */
export function createRateMeter(now: () => number): (progress: Progress) => Pace {
  let key = '';
  let start = { done: 0, at: 0 };
  let last = 0;
  return (progress) => {
    if (key !== progressKey(progress) || progress.done < last) {
      key = progressKey(progress);
      start = { done: progress.done, at: now() };
    }
    last = progress.done;

    const seconds = (now() - start.at) / 1000;
    const perSecond = seconds > 0 && progress.done > start.done ? (progress.done - start.done) / seconds : undefined;
    const left = (progress.total ?? progress.done) - progress.done;
    return { perSecond, secondsLeft: perSecond !== undefined && left > 0 ? left / perSecond : undefined };
  };
}

/** What tells one step's progress from the next one's. */
export function progressKey(progress: Progress): string {
  return [progress.step, progress.field, progress.tenant ?? ''].join(' ').trimEnd();
}
