import {
  type ExecutableDefinitionNode,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  getNamedType,
  isInputObjectType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { RuleFinder } from './find-rule.ts';
import type { VariableChange } from './rewrite-result.ts';

/**
 * What callers of a definition have to give otherwise: members of a variable that is an input object as a whole, and variables
 * that stand for a deprecated member.
 */
export function listVariableChanges(node: ExecutableDefinitionNode, schema: GraphQLSchema, rules: RuleFinder): VariableChange[] {
  const changes: VariableChange[] = [];
  for (const { variable, type } of node.variableDefinitions ?? []) {
    const named = getNamedType(typeFromAST(schema, type));
    if (isInputObjectType(named)) changes.push(...listMembers(named, variable.name.value, [], [], rules));
  }

  const typeInfo = new TypeInfo(schema);
  visit(
    node,
    visitWithTypeInfo(typeInfo, {
      ObjectField: ({ name, value }) => {
        const type = getNamedType(typeInfo.getParentInputType());
        if (value.kind !== Kind.VARIABLE || !isInputObjectType(type)) return;
        const rule = rules.findInputRule(type, name.value);
        if (rule) changes.push({ coordinate: rule.coordinate, variable: value.name.value, kind: 'value', path: [] });
      },
    }),
  );
  return changes;
}

/** Members of an input type that have a rule, at any depth; a type within itself is not followed again. */
function listMembers(
  type: GraphQLInputObjectType,
  variable: string,
  path: readonly string[],
  within: readonly GraphQLInputObjectType[],
  rules: RuleFinder,
): VariableChange[] {
  return Object.values(type.getFields()).flatMap((field): VariableChange[] => {
    const here = [...path, field.name];
    const rule = rules.findInputRule(type, field.name);
    if (rule) return [{ coordinate: rule.coordinate, variable, kind: 'shape', path: here }];
    const named = getNamedType(field.type);
    return isInputObjectType(named) && named !== type && !within.includes(named)
      ? listMembers(named, variable, here, [...within, type], rules)
      : [];
  });
}
