import type { CompiledQuery } from 'kysely';
import type { ReadStatement } from './read.ts';

/** A statement as text, with the name of the value that each of its parameters is. */
interface Template {
  readonly text: string;
  readonly names: readonly string[];
}

/** Texts of statements that come again with other values: each is put together once. */
export interface StatementTemplates {
  /**
   * The statement that `build` makes of these values, which are its only parameters. `key` stands for all else that it is made of: the same key
   * is the same text.
   */
  fill<Row>(key: string, values: Readonly<Record<string, string>>, build: () => ReadStatement<Row>): ReadStatement<Row>;
}

/** `most`: how many texts are kept; those after them are put together each time. */
export function createStatementTemplates(most: number): StatementTemplates {
  const templates = new Map<string, Template>();
  return {
    fill: <Row>(key: string, values: Readonly<Record<string, string>>, build: () => ReadStatement<Row>) => ({
      compile: (db) => {
        const known = templates.get(key);
        if (known !== undefined) return { sql: known.text, parameters: known.names.map((name) => values[name]) };
        const made = build().compile(db);
        const names = nameParameters(made, values);
        if (names !== undefined && templates.size < most) templates.set(key, { text: made.sql, names });
        return made;
      },
      execute: (db) => build().execute(db),
    }),
  };
}

/** Undefined where it cannot be told which value a parameter is. */
function nameParameters({ parameters }: Pick<CompiledQuery, 'parameters'>, values: Readonly<Record<string, string>>): string[] | undefined {
  const nameOf = new Map<unknown, string>(Object.entries(values).map(([name, value]) => [value, name]));
  const names = parameters.map((parameter) => nameOf.get(parameter));
  const isTold = nameOf.size === Object.keys(values).length && names.every((name) => name !== undefined);
  return isTold ? names : undefined;
}
