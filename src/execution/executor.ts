import { type DocumentNode, execute, type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Variables } from './collect-fields.ts';

/** What an executor is asked for: what graphql-js's `execute` takes, of a document that is valid, with the operation that was found in it. */
export interface ExecutionRequest {
  readonly document: DocumentNode;
  /** Absent: none was found by that name. */
  readonly operation?: OperationDefinitionNode | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly contextValue: unknown;
  readonly variableValues?: Variables | null | undefined;
}

/** Carries out an operation. Never rejects for what a resolver does. */
export type Executor = (request: ExecutionRequest) => ExecutionResult | Promise<ExecutionResult>;

/** Makes an executor that is graphql-js's own. */
export function createInterpreter(schema: GraphQLSchema): Executor {
  return ({ document, operationName, contextValue, variableValues }) =>
    execute({ schema, document, operationName, contextValue, variableValues });
}
