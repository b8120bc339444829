import { OperationTypeNode } from 'graphql';
import type { SchemaChange } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

/** Which operations there are, and with which type each begins. */
export function diffRootOperations({ older, newer }: SchemaPair): SchemaChange[] {
  return Object.values(OperationTypeNode).flatMap((operation) => {
    const [before, after] = [older.getRootType(operation)?.name, newer.getRootType(operation)?.name];
    return before === after ? [] : [describeChange(operation, before, after)];
  });
}

function describeChange(operation: OperationTypeNode, before: string | undefined, after: string | undefined): SchemaChange {
  if (before === undefined)
    return { severity: 'safe', kind: 'ROOT_OPERATION_ADDED', coordinate: after!, message: `A ${operation} can begin with ${after}.` };
  if (after === undefined)
    return {
      severity: 'breaking',
      kind: 'ROOT_OPERATION_REMOVED',
      coordinate: before,
      message: `There is no ${operation} any more, which began with ${before}.`,
    };
  return {
    severity: 'breaking',
    kind: 'ROOT_OPERATION_TYPE_CHANGED',
    coordinate: before,
    message: `A ${operation} begins with ${after} instead of ${before}: fragments on ${before} no longer apply.`,
  };
}
