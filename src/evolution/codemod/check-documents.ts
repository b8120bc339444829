import type { GraphQLError, GraphQLSchema } from 'graphql';
import { type Definition, type Project, type ProjectDocument, locate } from './project.ts';
import type { Problem } from './rewrite-result.ts';
import { validateDefinitions } from './validate-definitions.ts';

/** The documents that can be rewritten, and why others cannot. */
export interface CheckedDocuments {
  readonly invalid: ReadonlySet<ProjectDocument>;
  readonly problems: readonly Problem[];
}

/**
 * Validates each document with the fragments that it spreads from others. A mistake makes every document invalid that
 * reaches it.
 */
export function checkDocuments(project: Project, schema: GraphQLSchema): CheckedDocuments {
  const invalid = new Set<ProjectDocument>();
  const problems: Problem[] = [];
  for (const document of project.documents) {
    const ambiguities = listAmbiguities(document, project);
    const mistakes = ambiguities.length > 0 ? ambiguities : listErrors(document, project, schema);
    if (mistakes.length > 0) invalid.add(document);
    problems.push(...mistakes);
  }
  return { invalid, problems };
}

function listAmbiguities({ definitions }: ProjectDocument, project: Project): Problem[] {
  return definitions.flatMap((definition) =>
    definition.spreads.flatMap((spread) => {
      const found = project.findFragments(spread, definition);
      if (found.length < 2) return [];
      const places = found.map(({ document, node }) => describePlace(document, node.loc!.start));
      return [
        {
          ...locate(definition.document, spread.loc!.start),
          reason: `which fragment ${spread.name.value} is meant is not known: ${places.join(' and ')} have one`,
        },
      ];
    }),
  );
}

function listErrors(document: ProjectDocument, project: Project, schema: GraphQLSchema): Problem[] {
  const reached = new Set(document.definitions.flatMap((definition) => [...project.reach(definition)]));
  const errors = validateDefinitions(
    schema,
    [...reached].map(({ node }) => node),
    listUnknownSpreads(reached),
  );
  return errors.map((error) => {
    const own = findPlace(error, document.definitions);
    if (own) return { ...locate(document, own.offset), reason: `does not validate: ${error.message}` };
    const other = findPlace(error, reached);
    const place = other ? ` (${describePlace(other.definition.document, other.offset)})` : '';
    return { ...locate(document, findSpread(document, other?.definition, project)), reason: `does not validate: ${error.message}${place}` };
  });
}

/** The first place of an error that lies in one of the documents of these definitions. */
function findPlace(error: GraphQLError, definitions: Iterable<Definition>): { definition: Definition; offset: number } | undefined {
  const bySource = new Map([...definitions].map((definition) => [definition.node.loc!.source, definition]));
  for (const { loc } of error.nodes ?? []) {
    const definition = loc && bySource.get(loc.source);
    if (definition) return { definition, offset: loc.start };
  }
  return undefined;
}

/** Where a document first spreads what leads to a definition of another one. */
function findSpread({ definitions }: ProjectDocument, target: Definition | undefined, project: Project): number {
  for (const definition of definitions)
    for (const spread of definition.spreads) {
      const reached = project.findFragments(spread, definition).flatMap((fragment) => [...project.reach(fragment)]);
      if (reached.some(({ document }) => document === target?.document)) return spread.loc!.start;
    }
  return definitions[0]!.node.loc!.start;
}

/** The spreads in definitions that stand for what is only known when the program runs. */
export function listUnknownSpreads(definitions: Iterable<Definition>): ReadonlySet<string> {
  return new Set([...definitions].flatMap(({ document }) => [...document.source.unknownSpreads]));
}

/** `src/leads.graphql:12` */
export function describePlace(document: ProjectDocument, offset: number): string {
  const { path, line } = locate(document, offset);
  return `${path}:${line}`;
}
