import {
  type GraphQLInputObjectType,
  Kind,
  type ObjectFieldNode,
  type ObjectValueNode,
  type ValueNode,
  type VariableDefinitionNode,
  print,
} from 'graphql';
import type { RuleFinder } from './find-rule.ts';
import type { Obstacle, PlannedEdit } from './plan.ts';
import type { Splice } from './rewrite-result.ts';
import type { InputRule } from './rewrite-rule.ts';

/** Where a variable is declared: by every operation that can reach the place. */
export type FindVariables = (name: string) => readonly VariableDefinitionNode[];

/** Rewrites the members of one input object literal: `industry: "tech"` → `industryRef: { key: "tech" }`. */
export function planInputFields(
  { fields }: ObjectValueNode,
  type: GraphQLInputObjectType,
  rules: RuleFinder,
  findVariables: FindVariables,
): (PlannedEdit | Obstacle)[] {
  return fields.flatMap((node): (PlannedEdit | Obstacle)[] => {
    const rule = rules.findInputRule(type, node.name.value);
    if (rule === undefined) return [];
    const { coordinate } = rule;
    const { start: offset } = node.loc!;
    const { field } = rule.replacement;
    const reason = fields.some((other) => other.name.value === field)
      ? `${field} is given beside ${node.name.value}: only one of them can stay`
      : findHindrance(node.value, rule, findVariables);
    if (reason !== undefined) return [{ coordinate, offset, reason }];
    const splices = replace(node, rule);
    const note = findNote(node.value, rule);
    return [note === undefined ? { coordinate, offset, splices } : { coordinate, offset, splices, note }];
  });
}

function findNote({ kind }: ValueNode, { replacement: { note, variableNote = note } }: InputRule): string | undefined {
  if (kind === Kind.NULL) return undefined;
  return kind === Kind.VARIABLE ? variableNote : note;
}

/** Why a value does not mean the same in the replacement. */
function findHindrance(value: ValueNode, rule: InputRule, findVariables: FindVariables): string | undefined {
  const { coordinate, replacement } = rule;
  const { field, wrap, literals } = replacement;
  const member = [field, ...wrap].join('.');
  if (value.kind === Kind.NULL) return undefined;
  if (value.kind === Kind.VARIABLE) {
    const [name, declared] = [value.name.value, findVariables(value.name.value)];
    const defaults = declared.flatMap(({ defaultValue }) => defaultValue ?? []);
    return (
      findHindranceOfVariable(name, declared, field, member) ??
      defaults.map((each) => findHindrance(each, rule, findVariables)).find((reason) => reason !== undefined)
    );
  }
  if (value.kind !== Kind.STRING) return `expected a string, a variable or null, got ${print(value)}`;
  if (value.value === '') return `the empty string has no counterpart in ${member}`;
  if (literals && !literals.includes(value.value))
    return `${JSON.stringify(value.value)} is not among the values known for ${coordinate}: ${member} may not take it`;
  return undefined;
}

function findHindranceOfVariable(
  name: string,
  declared: readonly VariableDefinitionNode[],
  field: string,
  member: string,
): string | undefined {
  if (declared.length === 0) return `no operation is known that spreads this fragment, so that the type of $${name} is not`;
  const nullable = declared.find(({ type }) => type.kind !== Kind.NON_NULL_TYPE);
  if (nullable === undefined) return undefined;
  const type = print(nullable.type);
  return `$${name} is nullable (${type}), which ${member} is not: declare it ${type}!, or pass the whole ${field}`;
}

/** Null stays null: it says of the new member what it said of the old one. */
function replace({ name, value }: ObjectFieldNode, { replacement: { field, wrap, list } }: InputRule): Splice[] {
  const renamed = { start: name.loc!.start, end: name.loc!.end, text: field };
  if (value.kind === Kind.NULL) return [renamed];
  const { start, end } = value.loc!;
  return [
    renamed,
    { start, end: start, text: wrap.map((member) => `{ ${member}: `).join('') + (list ? '[' : '') },
    { start: end, end, text: (list ? ']' : '') + ' }'.repeat(wrap.length) },
  ];
}
