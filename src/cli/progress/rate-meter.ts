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
    const { done, total = done } = figuresOf(progress);
    const measured = progress.all === undefined ? progressKey(progress) : progress.step;
    if (key !== measured || done < last) {
      key = measured;
      start = { done, at: now() };
    }
    last = done;

    const seconds = (now() - start.at) / 1000;
    const perSecond = seconds > 0 && done > start.done ? (done - start.done) / seconds : undefined;
    const left = total - done;
    return { perSecond, secondsLeft: perSecond !== undefined && left > 0 ? left / perSecond : undefined };
  };
}

/** What tells one step's progress from the next one's. */
export function progressKey(progress: Progress): string {
  return [progress.step, progress.field, progress.tenant ?? ''].join(' ').trimEnd();
}

/** What is measured and drawn: the whole step where it is more than what is named. */
export function figuresOf({ done, total, all }: Progress): { readonly done: number; readonly total?: number } {
  return all ?? { done, ...(total !== undefined && { total }) };
}
