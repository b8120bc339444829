import { Kind, getVariableValues, parse, separateOperations, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { UsedCoordinates } from '../../../src/evolution/usage/collect-coordinates.ts';
import { cutDownSchema } from './cut-down-schema.ts';
import { createSampleExecutor } from './executed-coordinates.ts';
import type { SampleExecutor } from './executed-coordinates.ts';

/** A request that a schema accepts. */
export interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** Says what is wrong with the coordinates that an operation is said to use; whether it needs each, of those to be asked. */
export type ExactnessCheck = (operation: Operation, used: UsedCoordinates, isAsked?: (coordinate: string) => boolean) => string[];

/**
 * A second opinion that knows nothing of selections and values: it takes members out of the schema and asks graphql-js whether
 * the operation is still accepted, and lets graphql-js execute it to see what is resolved with which arguments.
 */
export function createExactnessCheck(sdl: string): ExactnessCheck {
  const schemaNode = parse(sdl, { noLocation: true });
  const execute: SampleExecutor = createSampleExecutor(schemaNode);
  /** Of an object type, its fields are asked for: where nothing can be met, any one of several is enough for a type condition to fit. */
  const objectTypes = new Set(schemaNode.definitions.flatMap((it) => (it.kind === Kind.OBJECT_TYPE_DEFINITION ? [it.name.value] : [])));

  return ({ document, operationName, variables = {} }, { explicit, defaulted }, isAsked = () => true) => {
    const alone = separateOperations(document)[operationName ?? ''] ?? document;
    const { executed, inEffect } = execute(alone, variables);
    const named = new Set(explicit);
    const used = new Set([...explicit, ...defaulted]);
    const listReasons = (without: readonly string[]) =>
      listRefusals(cutDownSchema(schemaNode, named.difference(new Set(without))), alone, variables);
    const isSpared = (it: string) => !executed.has(it) && !ALWAYS_THERE.has(it) && !objectTypes.has(it) && listReasons([it]).length === 0;

    return [
      ...listReasons([]).map((reason) => `is refused by a schema with nothing but what it uses: ${reason}`),
      ...[...executed]
        .filter((coordinate) => isMember(coordinate) && !named.has(coordinate))
        .map((it) => `is answered by ${it}, which does not count`),
      ...[...inEffect].filter((coordinate) => !used.has(coordinate)).map((it) => `has ${it} in effect, which does not count`),
      ...defaulted.filter((it) => isMember(it) && !inEffect.has(it)).map((it) => `counts the default ${it}, which is not in effect`),
      ...defaulted.filter((it) => named.has(it)).map((it) => `counts ${it} twice`),
      ...explicit.filter((it) => isAsked(it) && isSpared(it)).map((it) => `does not need ${it}`),
    ];
  };
}

/** What introspection, @skip and @include are made of: no schema is without. */
const ALWAYS_THERE = new Set(['String', 'Boolean']);

function isMember(coordinate: string): boolean {
  return /[.(]/.test(coordinate);
}

function listRefusals(schema: GraphQLSchema, document: DocumentNode, variables: Readonly<Record<string, unknown>>): string[] {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  )!;
  if (schema.getRootType(operation.operation) == null) return [`There is no ${operation.operation}.`];
  const invalid = validate(schema, document);
  if (invalid.length > 0) return invalid.map(({ message }) => message);
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return errors.map(({ message }) => message);
}
