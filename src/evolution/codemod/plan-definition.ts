import { type GraphQLSchema, Kind, TypeInfo, getNamedType, isInputObjectType, visit, visitWithTypeInfo } from 'graphql';
import type { RuleFinder } from './find-rule.ts';
import { listVariableChanges } from './list-variable-changes.ts';
import { type FindVariables, planInputFields } from './plan-input-fields.ts';
import { planSelections } from './plan-selections.ts';
import type { Obstacle, Plan, PlannedEdit } from './plan.ts';
import type { Definition, Project } from './project.ts';

/** Finds every deprecated member that a definition uses itself, and how to do without it. The definition has to be valid. */
export function planDefinition(definition: Definition, schema: GraphQLSchema, rules: RuleFinder, findVariables: FindVariables): Plan {
  const found: (PlannedEdit | Obstacle)[] = [];
  const path: string[] = [];
  const { node, document } = definition;
  const typeInfo = new TypeInfo(schema);
  visit(
    node,
    visitWithTypeInfo(typeInfo, {
      Field: {
        enter: (field) => void path.push(field.alias?.value ?? field.name.value),
        leave: () => void path.pop(),
      },
      SelectionSet: (selectionSet) => {
        const type = typeInfo.getParentType();
        if (type) found.push(...planSelections(selectionSet, type, path, document.source.text, rules));
      },
      ObjectValue: (value) => {
        const type = getNamedType(typeInfo.getInputType());
        if (isInputObjectType(type)) found.push(...planInputFields(value, type, rules, findVariables));
      },
    }),
  );
  return {
    edits: found.filter((item) => 'splices' in item),
    obstacles: found.filter((item) => 'reason' in item),
    variables: listVariableChanges(node, schema, rules),
  };
}

/** What every operation declares that reaches a definition: for an operation, that is itself. */
export function createVariableFinder(project: Project): (definition: Definition) => FindVariables {
  const operations = project.documents.flatMap(({ definitions }) =>
    definitions.filter(({ node }) => node.kind === Kind.OPERATION_DEFINITION),
  );
  return (definition) => {
    const using = operations.filter((operation) => project.reach(operation).has(definition));
    return (name) => using.flatMap(({ node }) => node.variableDefinitions?.filter(({ variable }) => variable.name.value === name) ?? []);
  };
}
