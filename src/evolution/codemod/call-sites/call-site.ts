import type { Position, ResponseChange, VariableChange } from '../rewrite-result.ts';

/** A place in a program that reads an answer, or builds a variable, that has another shape now. */
export interface CallSite extends Position {
  readonly path: string;
  /** UTF-16 offset of the name. */
  readonly offset: number;
  readonly kind: 'read' | 'write';
  /** `sure`: it can be followed to the operation, or its names are the whole path. `maybe`: only the last name is the same. */
  readonly confidence: 'sure' | 'maybe';
  /** The operation or fragment; '' if it has no name. */
  readonly operation: string;
  readonly coordinate: string;
  /** From the operation's or fragment's answer, or from its variables, down. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What the new member does that the old one did not, for people: `also finds …`. */
  readonly note?: string;
}

/** An operation or fragment whose callers are looked for. */
export interface Target {
  readonly path: string;
  readonly name: string;
  /** Where it begins in its file. */
  readonly offset: number;
  readonly responses: readonly ResponseChange[];
  readonly variables: readonly ChangedVariable[];
}

export interface ChangedVariable extends Pick<VariableChange, 'coordinate' | 'kind'> {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly note?: string;
}
