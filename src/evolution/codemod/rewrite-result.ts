import type { GraphQLSchema } from 'graphql';
import type { RewriteRule } from './rewrite-rule.ts';

/** What documents are rewritten by. */
export interface RewriteContext {
  /** The version that has the deprecated members and their replacements: documents have to be valid there. */
  readonly schema: GraphQLSchema;
  /** The version without the deprecated members: rewritten documents have to be valid here. */
  readonly nextSchema: GraphQLSchema;
  readonly rules: readonly RewriteRule[];
}

/** A file with operations or fragments, or one that may have some. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Replaces `start` to `end` (UTF-16 offsets in the file, `end` excluded) by `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A place in a file, counted from 1; a byte order mark is no column. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One use of a deprecated member that was rewritten. */
export interface Edit extends Position {
  /** `Lead.industry`, `CreateLeadInput.industry` */
  readonly coordinate: string;
  /** What was spliced, in the order of the file. */
  readonly splices: readonly Splice[];
  /** What it does that it did not do before, for people: `also finds …`. */
  readonly note?: string;
}

/** Something that was left as it is, and why. */
export interface Problem extends Position {
  readonly path: string;
  /** The deprecated member that is still used there, if it is about one. */
  readonly coordinate?: string;
  /** A sentence for people. */
  readonly reason: string;
}

/** A value that stands elsewhere in the answer: `['nodes', 'industry']` is at `['nodes', 'industryRef', 'key']`. */
export interface ResponseChange {
  readonly coordinate: string;
  /** Response keys from the operation or fragment down; list positions are left out. */
  readonly before: readonly string[];
  /** The same as it is now. The keys before the last one may lead to null. */
  readonly after: readonly string[];
}

/** What callers have to give otherwise. */
export interface VariableChange {
  readonly coordinate: string;
  /** Name of the variable, without `$`. */
  readonly variable: string;
  /**
   * `shape`: the member at `path` of its value is to be given as the rule of `coordinate` says.
   * `value`: the variable itself, which is used in place of the member; what it holds has to be what the replacement takes.
   */
  readonly kind: 'shape' | 'value';
  /** Member names from the variable's value down, list positions left out. */
  readonly path: readonly string[];
}

/** An operation or a fragment whose answer or variables changed for its callers. */
export interface ChangedDefinition extends Position {
  readonly kind: 'query' | 'mutation' | 'subscription' | 'fragment';
  /** '' if it has none. */
  readonly name: string;
  /** Of its own selections; what spread fragments change is theirs. */
  readonly responses: readonly ResponseChange[];
  readonly variables: readonly VariableChange[];
}

/** A file after the rewrite. */
export interface RewrittenFile extends SourceFile {
  readonly edits: readonly Edit[];
  readonly problems: readonly Problem[];
  readonly definitions: readonly ChangedDefinition[];
}

/** An operation that answers otherwise, with its fragments: what can be sent before and after. */
export interface RewrittenOperation extends Position {
  readonly path: string;
  readonly name: string;
  /** The operation and every fragment it spreads, as they were. */
  readonly before: string;
  readonly after: string;
  /** Whether `after` is valid without the deprecated members: false if only some of its fragments were rewritten. */
  readonly whole: boolean;
  /** Whether it can be sent: false if a part is only known when the program runs. */
  readonly complete: boolean;
  /** From `data` down, through fragments. */
  readonly responses: readonly ResponseChange[];
  readonly variables: readonly VariableChange[];
}

/** All files after the rewrite, in the order given. */
export interface RewrittenProject {
  readonly files: readonly RewrittenFile[];
  readonly operations: readonly RewrittenOperation[];
}
