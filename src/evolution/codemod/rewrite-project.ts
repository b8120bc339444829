import { checkDocuments } from './check-documents.ts';
import { createRuleFinder } from './find-rule.ts';
import { type FoundTexts, wholeText } from './graphql-text.ts';
import { listOperations, listVariables } from './list-operations.ts';
import { createVariableFinder, planDefinition } from './plan-definition.ts';
import type { Plan } from './plan.ts';
import { positionAt } from './position.ts';
import { type Definition, createProject, locate } from './project.ts';
import { readDocuments } from './read-documents.ts';
import type {
  ChangedDefinition,
  Edit,
  Problem,
  RewriteContext,
  RewrittenFile,
  RewrittenProject,
  SourceFile,
  Splice,
} from './rewrite-result.ts';
import { type SettledEdits, settleEdits } from './settle-edits.ts';
import { applySplices } from './splice.ts';

/**
 * Rewrites every operation and fragment in files by rules, where that is safe; nothing is written to disk. A file is `.graphql` or
 * `.gql`, or TypeScript or JavaScript with documents in it. Fragments are known by name across the files. An operation or fragment
 * is rewritten as a whole or not at all: what was rewritten is valid in `nextSchema`. Everything outside the edits keeps its bytes,
 * and a second run changes nothing.
 * @throws UsageError for a file of another kind.
 */
export async function rewriteProject(files: readonly SourceFile[], context: RewriteContext): Promise<RewrittenProject> {
  return rewriteFound(await Promise.all(files.map(async (file, index) => [file, await readDocuments(file, index)] as const)), context);
}

/** Rewrites one file that spreads no fragment of another. See `rewriteProject`. */
export async function rewriteFile(path: string, text: string, context: RewriteContext): Promise<RewrittenFile> {
  return (await rewriteProject([{ path, text }], context)).files[0]!;
}

/** Rewrites one GraphQL document that spreads no fragment of another. See `rewriteProject`. */
export function rewriteDocument(source: string, context: RewriteContext): RewrittenFile {
  return rewriteFound(
    [
      [
        { path: '', text: source },
        { texts: [wholeText(source)], unreadable: [] },
      ],
    ],
    context,
  ).files[0]!;
}

function rewriteFound(found: readonly (readonly [file: SourceFile, found: FoundTexts])[], context: RewriteContext): RewrittenProject {
  const project = createProject(found);
  const { invalid, problems: mistakes } = checkDocuments(project, context.schema);
  const rules = createRuleFinder(context);
  const findVariables = createVariableFinder(project);
  const plans = new Map<Definition, Plan>();
  for (const document of project.documents)
    if (!invalid.has(document))
      for (const definition of document.definitions)
        plans.set(definition, planDefinition(definition, context.schema, rules, findVariables(definition)));
  const settled = settleEdits(project, plans, invalid, context);
  const problems = [...project.problems, ...mistakes, ...settled.problems];

  const files = found.map(([file]) => {
    const edits = listEdits(file, plans, settled);
    return {
      path: file.path,
      text: applySplices(
        file.text,
        edits.flatMap(({ splices }) => splices),
      ),
      edits,
      problems: inOrder(problems.filter(({ path }) => path === file.path)),
      definitions: listDefinitions(file, plans, settled),
    };
  });
  return { files, operations: listOperations(project, plans, settled) };
}

function listEdits(file: SourceFile, plans: ReadonlyMap<Definition, Plan>, { left }: SettledEdits): Edit[] {
  const edits = definitionsOf(file, plans).flatMap(([definition, plan]) => {
    if (left.has(definition)) return [];
    const { source } = definition.document;
    const place = ({ start, end, text }: Splice) => ({ start: source.locate(start), end: source.locate(end), text: source.encode(text) });
    return plan.edits.map(({ coordinate, offset, splices, note }) => ({
      coordinate,
      ...positionAt(file.text, source.locate(offset)),
      splices: splices.map(place),
      ...(note === undefined ? {} : { note }),
    }));
  });
  return edits.sort((one, other) => one.line - other.line || one.column - other.column);
}

function listDefinitions(file: SourceFile, plans: ReadonlyMap<Definition, Plan>, { left }: SettledEdits): ChangedDefinition[] {
  return definitionsOf(file, plans).flatMap(([definition, plan]) => {
    const { node, document } = definition;
    const edits = left.has(definition) ? [] : plan.edits;
    const responses = edits
      .flatMap(({ response }) => response ?? [])
      .map(({ coordinate, before, after }) => ({ coordinate, before, after }));
    const variables = listVariables(definition, plans, left);
    if (responses.length === 0 && variables.length === 0) return [];
    const { line, column } = locate(document, node.loc!.start);
    const kind = 'operation' in node ? node.operation : ('fragment' as const);
    return [{ kind, name: node.name?.value ?? '', line, column, responses, variables }];
  });
}

function definitionsOf(file: SourceFile, plans: ReadonlyMap<Definition, Plan>): [Definition, Plan][] {
  return [...plans].filter(([{ document }]) => document.file === file);
}

/** From top to bottom, each once. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const distinct = new Map(problems.map((problem) => [`${problem.line}:${problem.column}:${problem.reason}`, problem]));
  return [...distinct.values()].sort((left, right) => left.line - right.line || left.column - right.column);
}
