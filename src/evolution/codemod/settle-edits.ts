import { type ExecutableDefinitionNode, Kind, Source, parse } from 'graphql';
import { describePlace, listUnknownSpreads } from './check-documents.ts';
import type { Plan } from './plan.ts';
import { type Definition, type Project, type ProjectDocument, locate } from './project.ts';
import type { Problem, RewriteContext, Splice } from './rewrite-result.ts';
import { applySplices, offsetBefore } from './splice.ts';
import { validateDefinitions } from './validate-definitions.ts';

/** Which definitions are rewritten. */
export interface SettledEdits {
  /** Those that are left as they are although a deprecated member is used in them, or in what they spread. */
  readonly left: ReadonlySet<Definition>;
  readonly problems: readonly Problem[];
  /** What a definition is now. */
  readonly rewritten: ReadonlyMap<Definition, ExecutableDefinitionNode>;
}

/**
 * Decides which definitions are rewritten: each as a whole or not at all, and only together with every fragment that it spreads, so
 * that what was rewritten is valid without the deprecated members. What is left stays valid with them. Leaving one may force
 * others to be left, so this goes on until nothing changes.
 */
export function settleEdits(
  project: Project,
  plans: ReadonlyMap<Definition, Plan>,
  invalid: ReadonlySet<ProjectDocument>,
  { schema, nextSchema }: RewriteContext,
): SettledEdits {
  const problems: Problem[] = [];
  const left = new Set<Definition>();
  for (const document of invalid) for (const definition of document.definitions) left.add(definition);
  for (const [definition, { obstacles }] of plans) {
    if (obstacles.length > 0) left.add(definition);
    problems.push(...obstacles.map(({ offset, ...obstacle }) => ({ ...locate(definition.document, offset), ...obstacle })));
  }
  const roots = findRoots(project, invalid);

  for (;;) {
    for (const definition of plans.keys()) leaveWithFragments(definition);
    const leftNow: ReadonlySet<Definition> = new Set(left);
    const edited = (definition: Definition) => !leftNow.has(definition) && hasEdits(definition);
    const texts = rewriteTexts(project, plans, edited);
    for (const root of roots) {
      const reached = [...project.reach(root)];
      const isWhole = !reached.some((definition) => leftNow.has(definition));
      if (isWhole || reached.some(edited)) check(reached, isWhole, texts, edited);
    }
    if (left.size === leftNow.size) return { left, problems, rewritten: texts.nodes };
  }

  function hasEdits(definition: Definition): boolean {
    return (plans.get(definition)?.edits.length ?? 0) > 0;
  }

  function leaveWithFragments(definition: Definition): void {
    if (left.has(definition) || !hasEdits(definition)) return;
    const fragment = [...project.reach(definition)].find((reached) => left.has(reached));
    if (fragment === undefined) return;
    left.add(definition);
    const spread = definition.spreads.find((candidate) =>
      project.findFragments(candidate, definition).some((target) => project.reach(target).has(fragment)),
    );
    const { document, node } = fragment;
    problems.push({
      ...locate(definition.document, spread!.loc!.start),
      reason: `reaches the fragment ${node.name!.value} (${describePlace(document, node.loc!.start)}), which is left as it is`,
    });
  }

  /** `isWhole`: nothing of it is left, so that it has to do without the deprecated members. */
  function check(
    reached: readonly Definition[],
    isWhole: boolean,
    texts: RewrittenTexts,
    edited: (definition: Definition) => boolean,
  ): void {
    const errors = validateDefinitions(
      isWhole ? nextSchema : schema,
      reached.map((definition) => texts.nodes.get(definition)!),
      listUnknownSpreads(reached),
    );
    for (const { nodes, message } of errors) {
      const places = (nodes ?? []).flatMap(({ loc }) => (loc && texts.findPlace(loc.source, loc.start)) ?? []);
      const ofEdits = places.filter(({ definition }) => edited(definition));
      const concerned = ofEdits.length > 0 || !isWhole ? ofEdits : places;
      // Nothing that was edited shows in an error that edits brought: then all of them are in doubt.
      const doubtful =
        concerned.length > 0 ? concerned.map(({ definition }) => definition) : reached.filter((each) => isWhole || edited(each));
      for (const definition of doubtful) left.add(definition);
      const { document, offset } = concerned[0] ?? { document: doubtful[0]!.document, offset: doubtful[0]!.node.loc!.start };
      problems.push({
        ...locate(document, offset),
        reason: `${isWhole ? 'would not validate without the deprecated members' : 'would not validate when rewritten'}: ${message}`,
      });
    }
  }
}

/** The valid operations, and the fragments that none of them spreads. */
function findRoots(project: Project, invalid: ReadonlySet<ProjectDocument>): readonly Definition[] {
  const definitions = project.documents.flatMap((document) => (invalid.has(document) ? [] : document.definitions));
  const operations = definitions.filter(({ node }) => node.kind === Kind.OPERATION_DEFINITION);
  const reached = new Set(operations.flatMap((operation) => [...project.reach(operation)]));
  return [...operations, ...definitions.filter((definition) => !reached.has(definition))];
}

interface RewrittenTexts {
  readonly nodes: ReadonlyMap<Definition, ExecutableDefinitionNode>;
  /** What lies at an offset of a rewritten text, and where that was before. */
  findPlace(source: Source, offset: number): Place | undefined;
}

interface Place {
  readonly document: ProjectDocument;
  readonly definition: Definition;
  readonly offset: number;
}

function rewriteTexts(project: Project, plans: ReadonlyMap<Definition, Plan>, edited: (definition: Definition) => boolean): RewrittenTexts {
  const nodes = new Map<Definition, ExecutableDefinitionNode>();
  const documents = new Map<Source, { document: ProjectDocument; splices: readonly Splice[] }>();
  for (const document of project.documents) {
    const splices = document.definitions.filter(edited).flatMap((definition) => sortedSplices(plans.get(definition)!));
    const source = new Source(applySplices(document.source.text, splices), document.file.path);
    const rewritten = splices.length === 0 ? document.definitions.map(({ node }) => node) : parse(source).definitions;
    for (const [index, definition] of document.definitions.entries()) {
      const node = rewritten[index] as ExecutableDefinitionNode;
      nodes.set(definition, node);
      documents.set(node.loc!.source, { document, splices });
    }
  }
  return {
    nodes,
    findPlace(source, offset) {
      const found = documents.get(source);
      if (!found) return undefined;
      const before = offsetBefore(found.splices, offset);
      const definition = found.document.definitions.findLast(({ node }) => node.loc!.start <= before);
      return definition && { document: found.document, definition, offset: before };
    },
  };
}

/** Every splice of a plan, in the order of the text. */
export function sortedSplices({ edits }: Plan): readonly Splice[] {
  return edits.flatMap(({ splices }) => splices).sort((left, right) => left.start - right.start || left.end - right.end);
}
