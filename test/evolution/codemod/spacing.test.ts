import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lexer, Source, type Token, TokenKind } from 'graphql';
import { rewriteDocument } from '../../../src/evolution/codemod/rewrite-project.ts';
import { crmContext } from './crm-context.ts';
import { spliced } from './fixture.ts';

const documents = [
  'query ($x: Boolean!) { lead(id: 1) { sector: industry status @include(if: $x) } }',
  '{ lead(id: 1) { id industry industryRef { label } industry } }',
  '{ leads(filter: { industry: "tech" status: null }) { nodes { industryRef { key } ...F } } } fragment F on Lead { industry status }',
  'mutation ($s: String!) { updateLead(id: 1 input: { industry: $s leadSource: """web""" }) { lead { industry email } } }',
  'query A($f: LeadFilter = { status: "new" }) { leads(filter: $f) { totalCount } } query B($s: String) { tasks(filter: { status: $s }) { totalCount } }',
];

/** What GraphQL ignores. At least one stands between tokens, a comment up to the end of its line. */
const gap = fc
  .array(fc.constantFrom(' ', '  ', '\t', '\n', '\r\n', ',', '\uFEFF', '# industry { "\n', '#\r\n', ', # status: "new" 🚀\n      '), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(''));

describe('spaces and comments between tokens', () => {
  test.each(documents)('change neither the edits nor anything outside them: %s', (document) => {
    const tokens = tokenize(document);
    const plain = rewriteDocument(document, crmContext);
    expect(plain.edits.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.array(gap, { minLength: tokens.length + 1, maxLength: tokens.length + 1 }), (gaps) => {
        const source = tokens.reduce((text, token, index) => text + token + gaps[index + 1]!, gaps[0]!);
        const rewritten = rewriteDocument(source, crmContext);
        expect(rewritten.edits.map(({ coordinate }) => coordinate)).toEqual(plain.edits.map(({ coordinate }) => coordinate));
        expect(rewritten.problems.map(({ reason }) => reason)).toEqual(plain.problems.map(({ reason }) => reason));
        expect(tokenize(rewritten.text)).toEqual(tokenize(plain.text));
        expect(commentsOf(rewritten.text)).toEqual(commentsOf(source));
        // A splice puts something between tokens, or takes the place of one; else it takes one away with the spaces after it.
        expect(rewritten.text).toBe(spliced(source, rewritten.edits));
        for (const { start, end, text } of rewritten.edits.flatMap(({ splices }) => splices))
          expect(source.slice(start, end)).toMatch(text === '' ? /^[ \t]*\w+[ \t]*,?[ \t]*(\r?\n)?$/ : /^\w*$/);
        expect(rewriteDocument(rewritten.text, crmContext)).toMatchObject({ text: rewritten.text, edits: [] });
      }),
      { numRuns: 40 },
    );
  });
});

function tokenize(text: string): string[] {
  const lexer = new Lexer(new Source(text));
  const tokens: string[] = [];
  while (lexer.advance().kind !== TokenKind.EOF) tokens.push(text.slice(lexer.token.start, lexer.token.end));
  return tokens;
}

function commentsOf(text: string): string[] {
  const comments: string[] = [];
  const lexer = new Lexer(new Source(text));
  while (lexer.advance().kind !== TokenKind.EOF);
  for (let token: Token | null = lexer.token; token; token = token.prev)
    if (token.kind === TokenKind.COMMENT) comments.unshift(token.value);
  return comments;
}
