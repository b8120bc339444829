import type { FieldNode } from 'graphql';
import type { ResponseChange, Splice, VariableChange } from './rewrite-result.ts';

/** What to do about the deprecated members that one definition uses. Offsets are those of the document's text. */
export interface Plan {
  readonly edits: readonly PlannedEdit[];
  readonly obstacles: readonly Obstacle[];
  readonly variables: readonly VariableChange[];
}

/** One use that can be rewritten. */
export interface PlannedEdit {
  readonly coordinate: string;
  readonly offset: number;
  readonly splices: readonly Splice[];
  /** What it does that it did not do before, if anything. */
  readonly note?: string;
  /** For a field of the answer: where it was selected, and where its value is. */
  readonly response?: ResponseChange & { readonly node: FieldNode };
}

/** One use that cannot be rewritten safely. */
export interface Obstacle {
  readonly coordinate?: string;
  readonly offset: number;
  readonly reason: string;
}
