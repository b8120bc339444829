/** What a GraphQL server answers an operation with. */
export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[];
}

/** Undefined for what no GraphQL server answers with. */
export function parseGraphqlAnswer(text: string): GraphqlAnswer | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data, errors } = Object(answer) as { data?: unknown; errors?: unknown };
  if (Array.isArray(errors)) return { data, errors: errors.map((error) => ({ message: String((Object(error) as Error).message) })) };
  return typeof data === 'object' && data !== null ? { data } : undefined;
}

/** `fetch` says only that it failed; why is in the cause. */
export function describeFetchFailure(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { message, code } = Object(cause) as { message?: string; code?: string };
  return message || code || String(cause);
}
