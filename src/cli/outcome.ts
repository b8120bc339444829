import type { Blocker } from '../errors.ts';
import { ExitCode } from './exit-code.ts';

/** The same twice: one JSON document for programs, text for people. */
export interface Answer {
  readonly document: unknown;
  /** Without a final line break. */
  readonly text: string;
}

/** How a command ended. Without an answer it has given one already, while it ran. */
export interface Outcome {
  readonly exitCode: ExitCode;
  readonly answer?: Answer;
}

/** The exit code of a step that answers with its blockers as data. */
export function exitCodeOf(result: { readonly ok: boolean; readonly blockers?: readonly Blocker[] }): ExitCode {
  if (result.ok) return ExitCode.done;
  return (result.blockers ?? []).length > 0 ? ExitCode.blocked : ExitCode.failed;
}
