import { Kind, type FieldNode, type SelectionSetNode } from 'graphql';
import { listUnknownSpreads } from './check-documents.ts';
import type { Plan } from './plan.ts';
import { type Definition, type Project, locate } from './project.ts';
import type { ResponseChange, RewrittenOperation } from './rewrite-result.ts';
import type { SettledEdits } from './settle-edits.ts';

/** The valid operations that answer otherwise than before, or take other values, each with all fragments that it spreads. */
export function listOperations(
  project: Project,
  plans: ReadonlyMap<Definition, Plan>,
  { left, rewritten }: SettledEdits,
): readonly RewrittenOperation[] {
  const responses = new Map<FieldNode, ResponseChange>();
  for (const [definition, { edits }] of plans)
    if (!left.has(definition)) for (const { response } of edits) if (response) responses.set(response.node, response);

  return project.documents.flatMap(({ definitions }) =>
    definitions.flatMap((definition): RewrittenOperation[] => {
      const { node, document } = definition;
      const reached = [...project.reach(definition)];
      const isEdited = reached.some((each) => !left.has(each) && plans.get(each)!.edits.length > 0);
      if (node.kind !== Kind.OPERATION_DEFINITION || !plans.has(definition) || !isEdited) return [];
      return [
        {
          ...locate(document, node.loc!.start),
          name: node.name?.value ?? '',
          before: reached.map((each) => textOf(each.node)).join('\n\n'),
          after: reached.map((each) => textOf(rewritten.get(each)!)).join('\n\n'),
          whole: !reached.some((each) => left.has(each)),
          complete: listUnknownSpreads(reached).size === 0,
          responses: listResponses(definition, node.selectionSet, [], []),
          variables: reached.flatMap((each) => listVariables(each, plans, left)),
        },
      ];
    }),
  );

  function listResponses(
    definition: Definition,
    { selections }: SelectionSetNode,
    before: readonly string[],
    after: readonly string[],
  ): ResponseChange[] {
    const changes = selections.flatMap((selection): ResponseChange[] => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return listResponses(definition, selection.selectionSet, before, after);
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        return project
          .findFragments(selection, definition)
          .flatMap((fragment) => listResponses(fragment, fragment.node.selectionSet, before, after));
      const key = selection.alias?.value ?? selection.name.value;
      if (selection.selectionSet) return listResponses(definition, selection.selectionSet, [...before, key], [...after, key]);
      const change = responses.get(selection);
      if (!change) return [];
      return [{ coordinate: change.coordinate, before: [...before, change.before.at(-1)!], after: [...after, ...change.after.slice(-2)] }];
    });
    return [...new Map(changes.map((change) => [change.before.join('.'), change])).values()];
  }
}

/** What callers of a definition have to give otherwise; what was left is given as before, unless it is a whole input. */
export function listVariables(
  definition: Definition,
  plans: ReadonlyMap<Definition, Plan>,
  left: ReadonlySet<Definition>,
): Plan['variables'] {
  const { variables } = plans.get(definition) ?? { variables: [] };
  return left.has(definition) ? variables.filter(({ kind }) => kind === 'shape') : variables;
}

function textOf({ loc }: { readonly loc?: { readonly start: number; readonly end: number; readonly source: { readonly body: string } } }) {
  return loc!.source.body.slice(loc!.start, loc!.end);
}
