import { expect } from '@jest/globals';
import { NoUnusedFragmentsRule, parse, specifiedRules, validate } from 'graphql';
import { rewriteProject } from '../../../src/evolution/codemod/rewrite-project.ts';
import type { Edit, RewriteContext, RewrittenProject, SourceFile } from '../../../src/evolution/codemod/rewrite-result.ts';

/** A fragment may be there for other files. */
const WITHOUT_UNUSED = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);

/** A document, and what becomes of it. */
export interface Fixture {
  readonly name: string;
  readonly before: string;
  /** Absent: it stays as it is. */
  readonly after?: string;
  /** `line:column reason`; the reason may be cut off. */
  readonly problems?: readonly string[];
}

/**
 * Rewrites files and checks what holds of every rewrite: each rewritten operation validates without the deprecated members,
 * nothing but the edits differs, and a second run changes nothing and reports the same.
 */
export async function rewriteAndCheck(files: readonly SourceFile[], context: RewriteContext): Promise<RewrittenProject> {
  const result = await rewriteProject(files, context);
  for (const [index, { text, edits }] of result.files.entries()) {
    expect(text).toBe(spliced(files[index]!.text, edits));
    for (const { start, end } of edits.flatMap(({ splices }) => splices))
      expect(files[index]!.text.slice(start, end)).toMatch(/^[\s\w,\\]*$/);
  }
  for (const { after, complete, whole } of result.operations)
    if (complete) expect(validate(whole ? context.nextSchema : context.schema, parse(after))).toEqual([]);

  const again = await rewriteProject(result.files, context);
  expect(again.files.map(({ text }) => text)).toEqual(result.files.map(({ text }) => text));
  expect(again.files.flatMap(({ edits }) => edits)).toEqual([]);
  expect(again.operations).toEqual([]);
  expect(again.files.flatMap(({ problems }) => problems.map(({ reason }) => reason))).toEqual(
    result.files.flatMap(({ problems }) => problems.map(({ reason }) => reason)),
  );
  return result;
}

/** Checks a table's entry: what is rewritten without a problem has to validate as a whole. */
export async function checkFixture(
  { before, after = before, problems = [] }: Fixture,
  path: string,
  context: RewriteContext,
): Promise<void> {
  const { files } = await rewriteAndCheck([{ path, text: before }], context);
  const [{ text, problems: reported }] = files as [(typeof files)[number]];
  expect(text).toBe(after);
  expect(reported.map(({ line, column, reason }, index) => `${line}:${column} ${reason}`.slice(0, problems[index]?.length))).toEqual(
    problems,
  );
  if (after !== before && problems.length === 0 && path.endsWith('.graphql'))
    expect(validate(context.nextSchema, parse(text), WITHOUT_UNUSED)).toEqual([]);
}

/** Splices by hand. */
export function spliced(text: string, edits: readonly Edit[]): string {
  const splices = edits.flatMap((edit) => edit.splices).sort((left, right) => left.start - right.start || left.end - right.end);
  let at = 0;
  const pieces = splices.map((splice) => {
    const kept = text.slice(at, splice.start);
    at = splice.end;
    return kept + splice.text;
  });
  return pieces.join('') + text.slice(at);
}
