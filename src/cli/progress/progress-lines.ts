import type { Progress } from '../../choice/migrate/run.ts';
import type { OutputStream } from '../cli-dependencies.ts';
import { formatPace } from './format-pace.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { createRateMeter, progressKey } from './rate-meter.ts';

const LINE_EVERY_MS = 5_000;

/** For logs and pipes: the first and the last state of each step, and one every few seconds between them. */
export function createProgressLines(stream: OutputStream, now: () => number): ProgressDisplay {
  const measure = createRateMeter(now);
  let writtenAt = Number.NEGATIVE_INFINITY;
  let held: string | undefined;
  let last = '';
  let step: string | undefined;

  const write = (line: string) => {
    if (line !== last) stream.write(`${line}\n`);
    last = line;
    held = undefined;
    writtenAt = now();
  };
  return {
    report: (progress) => {
      const isNewStep = progress.step !== step;
      if (isNewStep && held !== undefined) write(held);
      step = progress.step;
      held = describe(progress, formatPace(measure(progress)));
      if (isNewStep || now() - writtenAt >= LINE_EVERY_MS) write(held);
    },
    say: (line) => void stream.write(`${line}\n`),
    end: () => {
      if (held !== undefined) write(held);
    },
  };
}

function describe(progress: Progress, pace: string): string {
  const { all, note } = progress;
  const amount = progress.total === undefined ? `${progress.done}` : `${progress.done} of ${progress.total}`;
  const whole = all === undefined ? '' : `, all together ${all.done} of ${all.total}`;
  return `${progressKey(progress)}: ${amount}${whole}${pace === '' ? '' : ` (${pace})`}${note === undefined ? '' : `, ${note}`}`;
}
