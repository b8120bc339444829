import { type DocumentNode, type ExecutionResult, Kind, type OperationDefinitionNode, parse, validate } from 'graphql';
import { type Behaviour, type Call, createToySchema } from './toy-schema.ts';
import { executors } from '../../src/execution/executors.ts';
import type { Executor } from '../../src/execution/executor.ts';

export interface Told {
  /** As JSON, so that the order of keys counts. */
  readonly data: string;
  readonly errors: readonly object[];
  readonly calls: readonly Call[];
}

/** Both executors, each on a schema of its own that behaves the same. Plans are kept from one operation to the next. */
export function createPair(
  behave?: () => Behaviour,
): (operation: string, variables?: Record<string, unknown>, operationName?: string) => Promise<[compiled: Told, interpreted: Told]> {
  // What is planned is planned for a document that comes again.
  const documents = new Map<string, DocumentNode>();
  let behaviour: Behaviour = () => undefined;
  const sides = ([executors.compiled, executors.interpreted] as const).map((create) => {
    const calls: Call[] = [];
    const schema = createToySchema(calls, (coordinate, path) => behaviour(coordinate, path));
    return { calls, schema, execute: create(schema) };
  });
  const run = async (
    { calls, execute }: { calls: Call[]; execute: Executor },
    document: DocumentNode,
    variables: Record<string, unknown>,
    operationName: string | undefined,
  ): Promise<Told> => {
    calls.length = 0;
    if (behave) behaviour = behave();
    const result = await execute({
      document,
      operation: findOperation(document, operationName),
      operationName,
      contextValue: { a: 'context' },
      variableValues: variables,
    });
    return tell(result, calls);
  };
  return async (operation, variables = {}, operationName = undefined) => {
    const document = documents.get(operation) ?? parse(operation);
    documents.set(operation, document);
    const faults = validate(sides[0]!.schema, document);
    if (faults.length > 0) throw new Error(`expected a valid operation, got ${faults.join('; ')}`);
    return [await run(sides[0]!, document, variables, operationName), await run(sides[1]!, document, variables, operationName)];
  };
}

function tell({ data, errors = [] }: ExecutionResult, calls: readonly Call[]): Told {
  return {
    data: JSON.stringify(data),
    errors: errors.map((error) => ({
      ...error.toJSON(),
      positions: error.positions,
      nodes: error.nodes?.length,
      original: error.originalError?.message,
    })),
    calls: [...calls],
  };
}

export function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return name === undefined ? (operations.length === 1 ? operations[0] : undefined) : operations.find((each) => each.name?.value === name);
}
