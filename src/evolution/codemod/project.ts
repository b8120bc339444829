import { type ExecutableDefinitionNode, type FragmentSpreadNode, GraphQLError, Kind, Source, parse, visit } from 'graphql';
import type { FoundTexts, GraphQLText } from './graphql-text.ts';
import { positionAt } from './position.ts';
import type { Problem, SourceFile } from './rewrite-result.ts';

/** One GraphQL document of a file. */
export interface ProjectDocument {
  readonly file: SourceFile;
  readonly source: GraphQLText;
  /** Empty if it cannot be parsed, or holds a schema. */
  readonly definitions: readonly Definition[];
}

/** An operation or a fragment. */
export interface Definition {
  readonly document: ProjectDocument;
  readonly node: ExecutableDefinitionNode;
  readonly spreads: readonly FragmentSpreadNode[];
}

/** Every document of the files, and who spreads whom. */
export interface Project {
  readonly documents: readonly ProjectDocument[];
  readonly problems: readonly Problem[];
  /** The fragments that a spread of this definition may mean: none, one, or – if nobody can tell – several. */
  findFragments(spread: FragmentSpreadNode, from: Definition): readonly Definition[];
  /** A definition and all fragments that it spreads, each once; ambiguous ones are left out. */
  reach(definition: Definition): ReadonlySet<Definition>;
}

/** Parses what was found in files. What cannot be parsed is a problem, and has no definitions. */
export function createProject(files: readonly (readonly [file: SourceFile, found: FoundTexts])[]): Project {
  const problems: Problem[] = [];
  const documents = files.flatMap(([file, { texts, unreadable }]) => {
    problems.push(...unreadable.map(({ offset, reason }) => ({ path: file.path, ...positionAt(file.text, offset), reason })));
    return texts.map((source) => parseDocument(file, source, problems));
  });
  const fragments = Map.groupBy(
    documents.flatMap(({ definitions }) => definitions.filter(({ node }) => node.kind === Kind.FRAGMENT_DEFINITION)),
    ({ node }) => node.name!.value,
  );
  const reached = new Map<Definition, ReadonlySet<Definition>>();
  return { documents, problems, findFragments, reach };

  function findFragments(spread: FragmentSpreadNode, from: Definition): readonly Definition[] {
    const all = fragments.get(spread.name.value) ?? [];
    const inDocument = all.filter(({ document }) => document === from.document);
    const inFile = all.filter(({ document }) => document.file === from.document.file);
    return [inDocument, inFile].find(({ length }) => length > 0) ?? all;
  }

  function reach(definition: Definition): ReadonlySet<Definition> {
    const known = reached.get(definition);
    if (known) return known;
    const found = new Set([definition]);
    for (const next of found)
      for (const spread of next.spreads) {
        const [fragment, another] = findFragments(spread, next);
        if (fragment && !another) found.add(fragment);
      }
    reached.set(definition, found);
    return found;
  }
}

const BLANK = /^(?:[\s,]|#[^\r\n]*)*$/;

function parseDocument(file: SourceFile, source: GraphQLText, problems: Problem[]): ProjectDocument {
  const definitions: Definition[] = [];
  const document: ProjectDocument = { file, source, definitions };
  if (BLANK.test(source.text)) return document;
  let nodes;
  try {
    nodes = parse(new Source(source.text, file.path)).definitions;
  } catch (error) {
    // Selections within selections are parsed by recursion.
    if (error instanceof RangeError) problems.push({ ...locate(document, 0), reason: 'is nested too deeply: not looked into' });
    else if (error instanceof GraphQLError) problems.push({ ...locate(document, error.positions?.[0] ?? 0), reason: error.message });
    else throw error;
    return document;
  }
  const executable = nodes.filter((node) => node.kind === Kind.OPERATION_DEFINITION || node.kind === Kind.FRAGMENT_DEFINITION);
  if (executable.length > 0 && executable.length < nodes.length)
    problems.push({ ...locate(document, executable[0]!.loc!.start), reason: 'operations stand beside definitions of a schema' });
  else definitions.push(...executable.map((node) => ({ document, node, spreads: listSpreads(node) })));
  return document;
}

function listSpreads(node: ExecutableDefinitionNode): FragmentSpreadNode[] {
  const spreads: FragmentSpreadNode[] = [];
  visit(node, { FragmentSpread: (spread) => void spreads.push(spread) });
  return spreads;
}

/** Where an offset of a document's text lies. */
export function locate({ file, source }: ProjectDocument, offset: number): { path: string; line: number; column: number } {
  return { path: file.path, ...positionAt(file.text, source.locate(offset)) };
}
