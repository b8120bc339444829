import type { GraphQLError, ResponsePath } from 'graphql';

/** The errors of an operation, in the order in which they come. */
export class CollectedErrors {
  readonly list: GraphQLError[] = [];
  /** How many there were, those that are not told among them. */
  failures = 0;
  readonly #nulled = new Set<ResponsePath | undefined>();

  /** `path`: of what is null because of it; undefined for the whole answer. What is below something that is null already is not told. */
  add(error: GraphQLError, path: ResponsePath | undefined): void {
    this.failures += 1;
    if (this.#isNulled(path)) return;
    this.#nulled.add(path);
    this.list.push(error);
  }

  #isNulled(path: ResponsePath | undefined): boolean {
    for (let at = path; at !== undefined; at = at.prev) if (this.#nulled.has(at)) return true;
    return this.#nulled.has(undefined);
  }
}
