import type { Progress } from '../../choice/migrate/run.ts';

/** Shows how far a command is. */
export interface ProgressDisplay {
  report(progress: Progress): void;
  /** A line of its own, between two states of the progress. */
  say(line: string): void;
  /** Shows the last state if it was held back, and leaves the stream at the start of a line. May be called twice. */
  end(): void;
}
