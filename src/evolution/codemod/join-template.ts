import { Lexer, Source, type Token, TokenKind } from 'graphql';
import type { DecodedText } from './decode-literal.ts';

/** A template as one GraphQL text, with stand-ins for its interpolations. */
export interface JoinedTemplate extends DecodedText {
  readonly unknownSpreads: ReadonlySet<string>;
  /** Where interpolations begin whose place says too little of what they stand for. */
  readonly unknown: readonly number[];
}

/** What an interpolation stands for: definitions, the name of a spread fragment, or whole selections. */
type Role = 'definitions' | 'name' | 'selections';

/**
 * Joins the parts of a template around its interpolations. One between definitions brings definitions, which are read where they
 * are written; one after `...` names a fragment; one that must begin and end selections stands for some. `prefix` begins the names
 * that stand for the latter two.
 */
export function joinTemplate(parts: readonly DecodedText[], prefix: string): JoinedTemplate {
  const names = parts.slice(1).map((_, index) => `${prefix}${index}`);
  const roles = findRoles(parts.map(({ text }, index) => (index === 0 ? '' : names[index - 1]) + text).join(''), new Set(names));

  let text = '';
  const offsets: number[] = [];
  const unknown: number[] = [];
  for (const [index, part] of parts.entries()) {
    text += part.text;
    offsets.push(...part.offsets.slice(0, -1));
    const name = names[index];
    const end = part.offsets.at(-1)!;
    if (name === undefined) offsets.push(end);
    else {
      const role = roles.get(name);
      if (role === undefined) unknown.push(end);
      const standIn = role === 'definitions' ? ' ' : role === 'selections' ? `...${name}` : name;
      text += standIn;
      offsets.push(...Array.from(standIn, () => end));
    }
  }
  return { text, offsets, unknown, unknownSpreads: new Set(names.filter((name) => roles.get(name) !== 'definitions')) };
}

function findRoles(text: string, names: ReadonlySet<string>): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  const open: TokenKind[] = [];
  const tokens = tokenize(text);
  for (const [index, token] of tokens.entries()) {
    if (token.kind === TokenKind.NAME && names.has(token.value)) {
      const role = findRole(open, tokens[index - 1], tokens[index + 1], roles);
      if (role !== undefined) roles.set(token.value, role);
    } else if (OPENING.has(token.kind)) open.push(token.kind);
    else if (CLOSING.has(token.kind)) open.pop();
  }
  return roles;
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R]);

function findRole(
  open: readonly TokenKind[],
  previous: Token | undefined,
  next: Token | undefined,
  roles: ReadonlyMap<string, Role>,
): Role | undefined {
  const roleBefore = previous?.kind === TokenKind.NAME ? roles.get(previous.value) : undefined;
  if (open.length === 0)
    return previous === undefined || previous.kind === TokenKind.BRACE_R || roleBefore === 'definitions' ? 'definitions' : undefined;
  if (open.some((kind) => kind !== TokenKind.BRACE_L)) return undefined;
  if (previous?.kind === TokenKind.SPREAD) return 'name';
  // After a name it might be that field's arguments or directives; before a colon or a brace, an alias or a field.
  const begins = previous?.kind === TokenKind.BRACE_L || previous?.kind === TokenKind.BRACE_R || roleBefore === 'selections';
  const ends = next?.kind === TokenKind.NAME || next?.kind === TokenKind.SPREAD || next?.kind === TokenKind.BRACE_R;
  return begins && ends ? 'selections' : undefined;
}

/** The tokens up to the first mistake, which parsing reports. */
function tokenize(text: string): readonly Token[] {
  const lexer = new Lexer(new Source(text));
  const tokens: Token[] = [];
  try {
    while (lexer.advance().kind !== TokenKind.EOF) tokens.push(lexer.token);
  } catch {
    // Parsing the same text meets it again, and says where.
  }
  return tokens;
}
