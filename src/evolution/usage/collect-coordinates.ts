import { getOperationAST } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { analyseOperation } from './analyse-operation.ts';
import type { OperationAnalysis } from './analyse-operation.ts';
import { createUses } from './uses.ts';
import type { Uses } from './uses.ts';
import { createVariablePlans, findVariableUses } from './variable-plans.ts';
import type { VariableUse } from './variable-plans.ts';

/**
 * The schema coordinates that an operation uses, by code unit and without repetition; frozen. A coordinate is in one of the two
 * lists at most.
 */
export interface UsedCoordinates {
  /**
   * What the client wrote or sent, and the members of object types that can answer it. Without any of these fields, arguments,
   * input fields and enum values the document is not valid, its variables are refused, or a part of the answer goes.
   */
  readonly explicit: readonly string[];
  /** What only a default value of the schema brought in: the client never named it. */
  readonly defaulted: readonly string[];
}

/**
 * Answers what the operation of a document uses that a request executes; nothing where the document has no such operation.
 * The document is taken to be valid. Variables need not be: what of them matches the schema counts. Never throws on a schema that
 * can be printed.
 */
export type CoordinateCollector = (
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>> | null | undefined,
) => UsedCoordinates;

const NOTHING: UsedCoordinates = freeze(createUses());

/** Distinct answers that are remembered per operation, some hundred bytes each. Past it they are worked out anew; none is left out. */
const MOST_ANSWERS = 32;

/**
 * Collects on one view of the schema. What a document says is worked out once per document object and operation. A request then
 * costs a walk over its variables of enum and input object types, and equal uses of an operation are one and the same object.
 */
export function createCoordinateCollector(schema: GraphQLSchema): CoordinateCollector {
  const plans = createVariablePlans();
  const documents = new WeakMap<DocumentNode, Map<OperationDefinitionNode, AnalysedOperation>>();

  return (document, operationName, variables) => {
    const operation = getOperationAST(document, operationName);
    return operation == null ? NOTHING : answer(findAnalysed(document, operation), variables ?? {});
  };

  function findAnalysed(document: DocumentNode, operation: OperationDefinitionNode): AnalysedOperation {
    let operations = documents.get(document);
    if (operations === undefined) documents.set(document, (operations = new Map<OperationDefinitionNode, AnalysedOperation>()));
    let analysed = operations.get(operation);
    if (analysed === undefined) {
      const analysis = analyseOperation(schema, document, operation, plans);
      analysed = { ...analysis, written: freeze(analysis.uses), answers: new Map() };
      operations.set(operation, analysed);
    }
    return analysed;
  }
}

interface AnalysedOperation extends OperationAnalysis {
  /** The answer to a request that adds nothing. */
  readonly written: UsedCoordinates;
  /** What variables added, as their ids in order → the answer. */
  readonly answers: Map<string, UsedCoordinates>;
}

function answer(operation: AnalysedOperation, values: Readonly<Record<string, unknown>>): UsedCoordinates {
  if (operation.variables.length === 0) return operation.written;
  const added = new Set<VariableUse>();
  for (const { name, plan, whenAbsent } of operation.variables) {
    if (Object.hasOwn(values, name)) findVariableUses(values[name], plan, added);
    else if (whenAbsent !== undefined) added.add(whenAbsent);
  }
  if (added.size === 0) return operation.written;

  const key = Uint32Array.from(added, ({ id }) => id)
    .sort()
    .join();
  const known = operation.answers.get(key);
  if (known !== undefined) return known;
  const uses: Uses = createUses(operation.uses);
  for (const use of added) use.addTo(uses);
  const used = freeze(uses);
  if (operation.answers.size >= MOST_ANSWERS) operation.answers.clear();
  operation.answers.set(key, used);
  return used;
}

function freeze({ explicit, defaulted }: Uses): UsedCoordinates {
  return Object.freeze({
    explicit: Object.freeze([...explicit].sort()),
    defaulted: Object.freeze([...defaulted.difference(explicit)].sort()),
  });
}
