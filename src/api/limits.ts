/** How large a request may be. */
export const limits = {
  /** Of the request's body. */
  bodyBytes: 1024 * 1024,
  /** Lexical tokens of the document; graphql-js stops reading there. */
  tokens: 10_000,
  /** Fields within fields. */
  depth: 15,
  /** Fields of one operation, aliases included, once its fragments are expanded. */
  fields: 2_000,
} as const;
