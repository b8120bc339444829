import {
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  TypeInfo,
  type ExecutableDefinitionNode,
  type ValidationRule,
  specifiedRules,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Validates definitions as one document. A fragment may be there for others; what an unknown spread stands for is taken to be
 * valid, and to use every variable.
 */
export function validateDefinitions(
  schema: GraphQLSchema,
  definitions: readonly ExecutableDefinitionNode[],
  unknownSpreads: ReadonlySet<string>,
): readonly GraphQLError[] {
  const standIns = createStandIns(schema, definitions, unknownSpreads);
  const left = new Set([NoUnusedFragmentsRule, ...(standIns.length > 0 ? [NoUnusedVariablesRule] : [])]);
  return validate(schema, { kind: Kind.DOCUMENT, definitions: [...definitions, ...standIns] }, [
    KnownOperationTypesRule,
    ...specifiedRules.filter((rule) => !left.has(rule)),
  ]);
}

/** Without a type for it, validation of graphql-js passes over all that an operation selects. */
const KnownOperationTypesRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (!context.getSchema().getRootType(node.operation))
      context.reportError(new GraphQLError(`The schema has no ${node.operation} type.`, { nodes: node }));
  },
});

/** A fragment for each unknown spread, on the type that it is spread in. */
function createStandIns(
  schema: GraphQLSchema,
  definitions: readonly ExecutableDefinitionNode[],
  unknownSpreads: ReadonlySet<string>,
): FragmentDefinitionNode[] {
  if (unknownSpreads.size === 0) return [];
  const standIns: FragmentDefinitionNode[] = [];
  const typeInfo = new TypeInfo(schema);
  const spreads = visitWithTypeInfo(typeInfo, {
    FragmentSpread: ({ name }) => {
      const type = typeInfo.getParentType();
      if (!type || !unknownSpreads.has(name.value)) return;
      standIns.push({
        kind: Kind.FRAGMENT_DEFINITION,
        name,
        typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
        selectionSet: { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }] },
      });
    },
  });
  for (const definition of definitions) visit(definition, spreads);
  return standIns;
}
