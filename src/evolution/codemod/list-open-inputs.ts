import type { Position, RewrittenFile } from './rewrite-result.ts';

/** A variable that is an input object as a whole: only the program that gives it knows whether it holds a deprecated member. */
export interface OpenInput extends Position {
  readonly path: string;
  /** Name of the operation; '' if it has none. */
  readonly operation: string;
  /** Without `$`. */
  readonly variable: string;
  /** Of the deprecated members that it may hold, by name, each once. */
  readonly coordinates: readonly string[];
}

/** The variables of all operations that may hold what goes, whether anything else of the operation was rewritten or not. */
export function listOpenInputs(files: readonly RewrittenFile[]): readonly OpenInput[] {
  return files.flatMap(({ path, definitions }) =>
    definitions.flatMap(({ line, column, name, variables }) => {
      const shaped = variables.filter(({ kind }) => kind === 'shape');
      return [...Map.groupBy(shaped, ({ variable }) => variable)].map(([variable, changes]) => ({
        ...{ path, line, column, operation: name, variable },
        coordinates: [...new Set(changes.map(({ coordinate }) => coordinate))].sort(),
      }));
    }),
  );
}
