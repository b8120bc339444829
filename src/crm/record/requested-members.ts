import {
  type DirectiveNode,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What of an operation's request the members depend on. */
type Request = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'operation' | 'variableValues'>;

/** By operation, or by the variables of one request where members depend on them. */
const known = new WeakMap<object, Map<string, ReadonlySet<string>>>();

/**
 * The members that an operation selects of an object type, wherever it does: what its rows are to be read for. Selections that
 * `@skip` or `@include` leave out do not count. The same set for all who ask in one request, so that they can read together.
 */
export function requestedMembers(request: Request, typeName: string): ReadonlySet<string> {
  const found = known.get(request.operation)?.get(typeName) ?? known.get(request.variableValues)?.get(typeName);
  return found ?? collectMembers(request, typeName);
}

function collectMembers({ schema, fragments, operation, variableValues }: Request, typeName: string): ReadonlySet<string> {
  const wanted = schema.getType(typeName);
  const members = new Set<string>();
  const visited = new Set<string>();
  let dependsOnVariables = false;

  const visit = ({ selections }: SelectionSetNode, type: GraphQLNamedType | null | undefined): void => {
    for (const selection of selections) {
      if (isLeftOut(selection)) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition, selectionSet } = selection;
        visit(selectionSet, typeCondition === undefined ? type : schema.getType(typeCondition.name.value));
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) visitFragment(selection.name.value);
      else visitField(selection.name.value, selection.selectionSet, type);
    }
  };
  const visitFragment = (name: string) => {
    const fragment = fragments[name];
    if (fragment === undefined || visited.has(name)) return;
    visited.add(name);
    visit(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
  };
  const visitField = (name: string, selectionSet: SelectionSetNode | undefined, type: GraphQLNamedType | null | undefined) => {
    // Introspection is about no row.
    if (name.startsWith('__')) return;
    if (isWanted(type)) members.add(name);
    if (selectionSet === undefined || !(isObjectType(type) || isInterfaceType(type))) return;
    const field = type.getFields()[name];
    if (field !== undefined) visit(selectionSet, getNamedType(field.type));
  };
  const isWanted = (type: GraphQLNamedType | null | undefined) =>
    type === wanted || (isAbstractType(type) && isObjectType(wanted) && schema.isSubType(type, wanted));
  const isLeftOut = ({ directives = [] }: SelectionNode): boolean => {
    if (directives.length === 0) return false;
    dependsOnVariables ||= directives.some(takesVariable);
    const node = { directives };
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
      getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false
    );
  };

  visit(operation.selectionSet, schema.getRootType(operation.operation));
  remember(dependsOnVariables ? variableValues : operation, typeName, members);
  return members;
}

function takesVariable({ arguments: given = [] }: DirectiveNode): boolean {
  return given.some(({ value }) => value.kind === Kind.VARIABLE);
}

function remember(whose: object, typeName: string, members: ReadonlySet<string>): void {
  const types = known.get(whose) ?? new Map<string, ReadonlySet<string>>();
  known.set(whose, types.set(typeName, members));
}
