import { type FieldNode, type GraphQLCompositeType, Kind, type SelectionSetNode } from 'graphql';
import type { RuleFinder } from './find-rule.ts';
import type { Obstacle, PlannedEdit } from './plan.ts';
import type { Splice } from './rewrite-result.ts';
import type { FieldRule } from './rewrite-rule.ts';

/**
 * Rewrites the fields of one selection set: `industry` → `industryRef { key }`, with its alias and directives. Where a plain
 * `industryRef { … }` stands beside it, that one gets the `key`. `path` leads to the selection set in the answer.
 */
export function planSelections(
  { selections }: SelectionSetNode,
  type: GraphQLCompositeType,
  path: readonly string[],
  text: string,
  rules: RuleFinder,
): (PlannedEdit | Obstacle)[] {
  const widened = new Set<FieldNode>();
  const fields = selections.filter((selection) => selection.kind === Kind.FIELD);
  return fields.flatMap((node): (PlannedEdit | Obstacle)[] => {
    const rule = rules.findFieldRule(type, node.name.value);
    if (rule === undefined) return [];
    const { start: offset } = node.loc!;
    if (typeof rule === 'string') return [{ coordinate: `${type.name}.${node.name.value}`, offset, reason: rule }];
    const { field, selection } = rule.replacement;
    const twin = isPlain(node) ? fields.find((other) => other.name.value === field && isPlain(other) && other.selectionSet) : undefined;
    const splices = twin ? merge(node, twin) : replace(node, rule);
    const response = {
      node,
      coordinate: rule.coordinate,
      before: [...path, node.alias?.value ?? node.name.value],
      after: [...path, node.alias?.value ?? field, selection],
    };
    return [{ coordinate: rule.coordinate, offset, splices, response }];

    function merge(removed: FieldNode, kept: FieldNode): Splice[] {
      const first = kept.selectionSet!.selections[0]!;
      const has = kept.selectionSet!.selections.some(
        (other) => other.kind === Kind.FIELD && other.name.value === selection && isPlain(other),
      );
      const isWide = has || widened.has(kept);
      widened.add(kept);
      const { start } = first.loc!;
      const gap = /[\s,]*$/.exec(text.slice(0, start))![0] || ' ';
      const removal = removalOf(text, removed);
      const insertion = { start, end: start, text: selection + gap };
      return isWide ? [removal] : [removal, insertion].sort((left, right) => left.start - right.start);
    }
  });
}

/** Without an alias, so that it answers under its own name, and without directives, so that it always answers. */
function isPlain(node: FieldNode): boolean {
  return !node.alias && !node.directives?.length;
}

function replace(node: FieldNode, { replacement: { field, selection } }: FieldRule): Splice[] {
  const { start, end } = node.name.loc!;
  const last = node.loc!.end;
  const selected = ` { ${selection} }`;
  if (end === last) return [{ start, end, text: field + selected }];
  return [
    { start, end, text: field },
    { start: last, end: last, text: selected },
  ];
}

/** Takes a selection away with the comma and the spaces that follow it, and its line if nothing else is on it. Comments stay. */
function removalOf(text: string, node: FieldNode): Splice {
  const { start, end } = node.loc!;
  const [after] = /^[ \t]*,?[ \t]*/.exec(text.slice(end))!;
  const [lineEnd] = /^(?:\r\n|[\r\n])?/.exec(text.slice(end + after.length))!;
  const [indent] = /[ \t]*$/.exec(text.slice(0, start))!;
  const isOwnLine = lineEnd !== '' && /(?:^|[\r\n])$/.test(text.slice(0, start - indent.length));
  if (isOwnLine) return { start: start - indent.length, end: end + after.length + lineEnd.length, text: '' };
  return { start, end: end + after.length, text: '' };
}
