import type { GraphqlAnswer } from '../../source/graphql-answer.ts';
import type { Position } from '../rewrite-result.ts';

/**
 * Executes an operation on the server.
 * @throws OperationError where the server cannot be reached or is no GraphQL endpoint.
 */
export type SendOperation = (request: {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}) => Promise<GraphqlAnswer>;

/** A string that answers otherwise now, how often, and where first: `leads.nodes[3].industry`. */
export interface ChangedValue {
  readonly coordinate: string;
  readonly value: string;
  readonly count: number;
  readonly example: string;
}

/** A place where the answers differ in another way than declared. */
export interface Difference {
  /** `leads.nodes[3].industry`; '' for the answer as a whole. */
  readonly at: string;
  readonly message: string;
}

/** How many records a filter finds, at one place of the answer: `leads`. */
export interface FoundCount {
  readonly at: string;
  readonly before: number;
  readonly after: number;
}

/** What two answers have in common, and what not. */
export interface Comparison {
  /** Values that were compared: each is one of the following. */
  readonly compared: number;
  readonly equal: number;
  /** Of the equal ones, those that are null on both sides. */
  readonly nulls: number;
  readonly aliased: readonly (ChangedValue & { readonly key: string })[];
  readonly unmapped: readonly ChangedValue[];
  /** At most `DIFFERENCES_KEPT`. */
  readonly differences: readonly Difference[];
  readonly differencesFound: number;
  /** What filters find that may find more now, beyond the page as well, where the server counts it. */
  readonly found: readonly FoundCount[];
}

export const DIFFERENCES_KEPT = 20;

/** What became of the proof of one operation. */
export interface OperationProof extends Position {
  readonly path: string;
  /** '' if it has none. */
  readonly name: string;
  /**
   * `proven`: the answers are the same through the declared projection. `different`: they are not. `failed`: the server did not
   * answer the operation as it was, or its data kept changing. `unproven`: nothing was compared.
   */
  readonly state: 'proven' | 'different' | 'failed' | 'unproven';
  /** Why it failed or is unproven. */
  readonly reason?: string;
  /** How many sets of variables it was executed with. */
  readonly executions: number;
  readonly comparison: Comparison;
}
