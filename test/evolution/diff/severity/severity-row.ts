import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Severity } from '../../../../src/evolution/diff/diff-schemas.ts';

/** One change of a schema, what we say about it, and where others say something else. */
export interface SeverityRow {
  /** What changes, as a sentence. */
  readonly change: string;
  /** SDL, completed by `buildRowSchema`. */
  readonly older: string;
  readonly newer: string;
  /** Every change that we report, in order: severity, kind, coordinate. */
  readonly reports: readonly string[];
  /** An operation that the older schema accepts and the newer one refuses. */
  readonly refuses?: string;
  /** An operation that comes as near to the change as one can, and that both schemas accept: owed where others see a breaking change. */
  readonly keeps?: string;
  /** The highest severity that others report – nothing counts as safe – where it is not ours, and why ours is right. */
  readonly disagree?: Disagreement;
}

export type Disagreement = Partial<Record<SecondOpinion, Severity>> & { readonly because: string };

/** `graphql`: findBreakingChanges and findDangerousChanges of graphql-js; `inspector`: diff of `@graphql-inspector/core`. */
export type SecondOpinion = 'graphql' | 'inspector';

/** The schema of a row: with a root if the row names none, and with each built-in scalar in use, so that none comes or goes. */
export function buildRowSchema(sdl: string): GraphQLSchema {
  const root = /\btype Query\b|\bschema\b/.test(sdl) ? '' : 'type Query { ok: Boolean }';
  return buildSchema(`${root} ${sdl} type Scalars { id: ID int: Int float: Float string: String boolean: Boolean }`);
}
