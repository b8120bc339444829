import type { OutputStream } from '../cli-dependencies.ts';
import { createProgressBar } from './progress-bar.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { createProgressLines } from './progress-lines.ts';

/** A bar on a terminal, plain lines elsewhere; `now` is in milliseconds. */
export function createProgressDisplay(stream: OutputStream, now: () => number): ProgressDisplay {
  return stream.isTTY === true ? createProgressBar(stream, now) : createProgressLines(stream, now);
}
