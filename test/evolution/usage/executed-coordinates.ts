import {
  Kind,
  buildASTSchema,
  executeSync,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getVariableValues,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  typeFromAST,
  visit,
} from 'graphql';
import type { DocumentNode, GraphQLInputType, GraphQLOutputType, NamedTypeNode, TypeNode } from 'graphql';
import { nameType } from './cut-down-schema.ts';

/** What graphql-js did with an operation, where every abstract type was each of its types and nothing was skipped. */
export interface ExecutedCoordinates {
  /** Object types that were answered, their fields that were resolved, and the arguments that these were given. */
  readonly executed: Set<string>;
  /** Arguments, input fields and enum values that resolvers, directives and variables came to, by default or not. */
  readonly inEffect: Set<string>;
}

interface Sample {
  readonly type: string;
}

/** Executes an operation against a schema that answers everything that it can. */
export type SampleExecutor = (document: DocumentNode, variables: Readonly<Record<string, unknown>>) => ExecutedCoordinates;

/** @returns a function that takes documents of one operation */
export function createSampleExecutor(sdl: DocumentNode): SampleExecutor {
  let found: ExecutedCoordinates;
  const schema = buildASTSchema(listAbstract(sdl), { assumeValid: true });
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type) || isUnionType(type)) type.resolveType = (value: unknown) => (value as Sample).type;
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()))
      field.resolve = (_source, given: Record<string, unknown>, _context, { fieldNodes, parentType }) => {
        const coordinate = `${parentType.name}.${field.name}`;
        found.executed.add(parentType.name).add(coordinate);
        for (const node of fieldNodes)
          for (const argument of node.arguments ?? []) found.executed.add(`${coordinate}(${argument.name.value}:)`);
        addArguments(coordinate, field.args, given);
        return sample(field.type);
      };
  }
  return (document, variables) => {
    found = { executed: new Set(), inEffect: new Set() };
    const unskipped = visit(document, { Directive: ({ name }) => (name.value === 'skip' || name.value === 'include' ? null : undefined) });
    const { errors } = executeSync({ schema, document: unskipped, variableValues: variables, rootValue: {} });
    if (errors !== undefined) throw new Error(`The sample could not be executed: ${errors.map(String).join('\n')}`);
    addUnresolved(unskipped, variables);
    return found;
  };

  /** What no resolver sees: variables, and directives of ours. */
  function addUnresolved(document: DocumentNode, variables: Readonly<Record<string, unknown>>): void {
    const definitions = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
    );
    const { coerced = {} } = getVariableValues(schema, definitions, variables);
    for (const { variable, type } of definitions)
      addValue(coerced[variable.name.value], typeFromAST(schema, type as NamedTypeNode) as never);
    visit(document, {
      Directive(node) {
        const directive = schema.getDirective(node.name.value)!;
        addArguments(`@${directive.name}`, directive.args, getArgumentValues(directive, node, coerced));
      },
    });
  }

  function addArguments(owner: string, definitions: readonly { name: string; type: GraphQLInputType }[], given: Record<string, unknown>) {
    for (const { name, type } of definitions) {
      if (given[name] === undefined) continue;
      found.inEffect.add(`${owner}(${name}:)`);
      addValue(given[name], type);
    }
  }

  function addValue(value: unknown, type: GraphQLInputType): void {
    if (value === null || value === undefined) return;
    if (isNonNullType(type)) addValue(value, type.ofType);
    else if (isListType(type)) for (const item of value as unknown[]) addValue(item, type.ofType);
    else if (isEnumType(type)) found.inEffect.add(`${type.name}.${type.serialize(value)}`);
    else if (isInputObjectType(type))
      for (const [name, item] of Object.entries(value)) {
        found.inEffect.add(`${type.name}.${name}`);
        addValue(item, type.getFields()[name]!.type);
      }
  }

  function sample(type: GraphQLOutputType): unknown {
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const item = getNamedType(nullable);
      return isAbstractType(item) ? schema.getPossibleTypes(item).map((possible) => sample(possible)) : [sample(item)];
    }
    if (isScalarType(nullable)) return ({ Int: 1, Float: 1, Boolean: true } as Record<string, unknown>)[nullable.name] ?? 'x';
    if (isEnumType(nullable)) return nullable.getValues()[0]!.value;
    if (isObjectType(nullable)) found.executed.add(nullable.name);
    return { type: nullable.toString() } satisfies Sample;
  }
}

/** The schema in which every field of an abstract type is a list: an answer then has one of each. */
function listAbstract(sdl: DocumentNode): DocumentNode {
  const abstract = new Set<string>();
  for (const definition of sdl.definitions)
    if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION || definition.kind === Kind.UNION_TYPE_DEFINITION)
      abstract.add(definition.name.value);
  return visit(sdl, {
    FieldDefinition: (field) => {
      if (!abstract.has(nameType(field.type)) || hasList(field.type)) return undefined;
      return { ...field, type: { kind: Kind.LIST_TYPE, type: field.type } };
    },
  });
}

function hasList(type: TypeNode): boolean {
  return type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && hasList(type.type));
}
