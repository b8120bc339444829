/** GraphQL text somewhere in a file. */
export interface GraphQLText {
  readonly text: string;
  /** Where the unit at an offset of `text` begins in the file. */
  readonly locate: (offset: number) => number;
  /** How text that is put into it is written in the file. */
  readonly encode: (text: string) => string;
  /** Names of fragment spreads in it that stand for what is only known when the program runs. */
  readonly unknownSpreads: ReadonlySet<string>;
}

/** What was found in a file, and what could not be read. */
export interface FoundTexts {
  readonly texts: readonly GraphQLText[];
  readonly unreadable: readonly { readonly offset: number; readonly reason: string }[];
}

/** A file that is a GraphQL document as a whole. */
export function wholeText(text: string): GraphQLText {
  return { text, locate: (offset) => offset, encode: (added) => added, unknownSpreads: new Set() };
}
