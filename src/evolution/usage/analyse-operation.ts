import {
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
  typeFromAST,
} from 'graphql';
import type {
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  FragmentSpreadNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import { useArguments, useDefaultValue, useLiteral } from './use-input.ts';
import { createUses } from './uses.ts';
import type { InputPlace, Uses } from './uses.ts';
import type { ValuePlan, VariablePlans, VariableUse } from './variable-plans.ts';

/** What a document says of one of its operations, and which variables may say more. */
export interface OperationAnalysis {
  readonly uses: Uses;
  readonly variables: readonly InputVariable[];
}

/** A variable of an enum or input object type, or of lists of one. */
export interface InputVariable {
  readonly name: string;
  readonly plan: ValuePlan;
  /** What its absence brings in: defaults of the places it stands in, or of what its own default in the document leaves out. */
  readonly whenAbsent: VariableUse | undefined;
}

type ObjectTypes = ReadonlySet<GraphQLObjectType>;

/**
 * Finds what an operation uses with the fragments it reaches, whatever @skip and @include decide: a client needs what it skips
 * for its document to be valid. An abstract type's field counts for it and for each object type that can be met in that place.
 * The types of variables and the defaults that a document gives them count as written, since it is not valid without them.
 * `__typename`, `__schema`, `__type` and all below them count for nothing, and so do the values of an enum that is answered.
 */
export function analyseOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  plans: VariablePlans,
): OperationAnalysis {
  const absent = new Map<string, { readonly plan: ValuePlan; readonly hasDefault: boolean; readonly uses: Uses }>();
  const uses: Uses = { ...createUses(), onVariable };
  /** For what cannot be reached: it has to be there, but its defaults never take effect. */
  const unreached: Uses = { ...createUses(), explicit: uses.explicit };
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const visited = new Map<FragmentDefinitionNode, Set<GraphQLObjectType>>();

  useVariables();
  useDirectives(operation.directives);
  const root = schema.getRootType(operation.operation);
  if (root != null) {
    uses.explicit.add(root.name);
    useSelections(operation.selectionSet, root, new Set([root]));
  }
  return { uses, variables: [...absent].map(([name, variable]) => describeVariable(name, variable.plan, variable.uses)) };

  function useVariables(): void {
    for (const { variable, type: node, defaultValue, directives } of operation.variableDefinitions ?? []) {
      useDirectives(directives);
      const type = typeFromAST(schema, node);
      if (!isInputType(type)) continue;
      uses.explicit.add(getNamedType(type).name);
      const plan = plans.find(type);
      if (plan === undefined) continue;
      const whenAbsent = createUses();
      absent.set(variable.name.value, { plan, hasDefault: defaultValue !== undefined, uses: whenAbsent });
      if (defaultValue !== undefined) useLiteral(defaultValue, type, { ...whenAbsent, explicit: uses.explicit });
    }
  }

  function onVariable(name: string, place: InputPlace): void {
    const variable = absent.get(name);
    if (variable !== undefined && !variable.hasDefault && place.defaultValue !== undefined) useDefaultValue(place, variable.uses);
  }

  function describeVariable(name: string, plan: ValuePlan, { defaulted }: Uses): InputVariable {
    const add = (target: Uses) => defaulted.forEach((coordinate) => target.defaulted.add(coordinate));
    return { name, plan, whenAbsent: defaulted.size === 0 ? undefined : plans.createUse(add) };
  }

  /** Follows a selection on the static type `parent`, which the object types of `runtime` can be met under. */
  function useSelections(selectionSet: SelectionSetNode, parent: GraphQLCompositeType, runtime: ObjectTypes): void {
    for (const selection of selectionSet.selections) {
      useDirectives(selection.directives);
      if (selection.kind === Kind.FIELD) useField(selection, parent, runtime);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) useFragment(selection, parent, runtime);
      else {
        const condition = selection.typeCondition === undefined ? parent : typeFromAST(schema, selection.typeCondition);
        if (isCompositeType(condition)) useSelections(selection.selectionSet, condition, narrow(parent, condition, runtime));
      }
    }
  }

  function useField(node: FieldNode, parent: GraphQLCompositeType, runtime: ObjectTypes): void {
    const name = node.name.value;
    const field = findField(parent, name);
    if (field === undefined) return;
    const met = new Set<GraphQLObjectType>();
    if (!isIntrospection(parent, name)) {
      // An interface's own defaults never take effect: execution reads those of the object type.
      useFieldOf(parent, field, node, unreached);
      for (const type of runtime) {
        const own = type.getFields()[name];
        if (own === undefined) continue;
        useFieldOf(type, own, node, uses);
        for (const possible of listPossible(own.type)) met.add(possible);
      }
    }
    const type = getNamedType(field.type);
    if (node.selectionSet !== undefined && isCompositeType(type)) useSelections(node.selectionSet, type, met);
  }

  function useFieldOf(owner: GraphQLCompositeType, field: GraphQLField<unknown, unknown>, node: FieldNode, into: Uses): void {
    const coordinate = `${owner.name}.${field.name}`;
    into.explicit.add(owner.name).add(coordinate).add(getNamedType(field.type).name);
    useArguments(coordinate, field.args, node.arguments, into);
  }

  /** Walks a fragment once per object type that it can be met under: what it uses on several is what it uses on each. */
  function useFragment(spread: FragmentSpreadNode, parent: GraphQLCompositeType, runtime: ObjectTypes): void {
    const fragment = fragments.get(spread.name.value);
    const condition = fragment && typeFromAST(schema, fragment.typeCondition);
    if (fragment === undefined || !isCompositeType(condition)) return;
    const before = visited.get(fragment);
    const fresh = narrow(parent, condition, runtime).difference(before ?? new Set());
    if (before === undefined) visited.set(fragment, new Set(fresh));
    else if (fresh.size === 0) return;
    else for (const type of fresh) before.add(type);
    useDirectives(fragment.directives);
    useSelections(fragment.selectionSet, condition, fresh);
  }

  /** The object types that pass a type condition. */
  function narrow(parent: GraphQLCompositeType, condition: GraphQLCompositeType, runtime: ObjectTypes): Set<GraphQLObjectType> {
    if (!isIntrospectionType(condition)) uses.explicit.add(condition.name);
    const passes = (type: GraphQLObjectType) => type === condition || (isAbstractType(condition) && schema.isSubType(condition, type));
    const passed = new Set([...runtime].filter(passes));
    // One abstract type within another is only valid while some object type is of both.
    if (condition !== parent && isAbstractType(condition) && isAbstractType(parent))
      for (const type of passed.size > 0 ? passed : schema.getPossibleTypes(parent).filter(passes)) uses.explicit.add(type.name);
    return passed;
  }

  function listPossible(type: GraphQLOutputType | undefined): readonly GraphQLObjectType[] {
    const named = type && getNamedType(type);
    if (isObjectType(named)) return [named];
    return isAbstractType(named) ? schema.getPossibleTypes(named) : [];
  }

  function findField(parent: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return isUnionType(parent) ? undefined : parent.getFields()[name];
  }

  function isIntrospection(parent: GraphQLCompositeType, fieldName: string): boolean {
    return isIntrospectionType(parent) || fieldName.startsWith('__');
  }

  function useDirectives(directives: readonly DirectiveNode[] | undefined): void {
    for (const { name, arguments: given } of directives ?? []) {
      const directive = schema.getDirective(name.value);
      if (directive == null || isSpecifiedDirective(directive)) continue;
      uses.explicit.add(`@${directive.name}`);
      useArguments(`@${directive.name}`, directive.args, given, uses);
    }
  }
}
