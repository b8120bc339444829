import type { GraphQLSchema } from 'graphql';
import { diffDescription } from './diff-description.ts';
import { diffDirectives } from './diff-directives.ts';
import { diffRootOperations } from './diff-root-operations.ts';
import { diffTypes } from './diff-types.ts';
import { severities } from './schema-change.ts';
import type { SchemaChange } from './schema-change.ts';

export type { SchemaChange, Severity } from './schema-change.ts';

/**
 * Every difference between two schemas that a client can see, the most severe first, then by coordinate. Order of members is none;
 * neither are directives applied in SDL, which introspection does not tell and printed SDL lacks (`@deprecated`, `@oneOf` and
 * `@specifiedBy` count: they are part of the schema itself). Wherever a schema comes from – SDL, introspection, code – it compares
 * alike.
 */
export function diffSchemas(older: GraphQLSchema, newer: GraphQLSchema): readonly SchemaChange[] {
  const schemas = { older, newer };
  return [
    ...diffDescription('schema', older, newer),
    ...diffRootOperations(schemas),
    ...diffTypes(schemas),
    ...diffDirectives(schemas),
  ].sort(compareChanges);
}

function compareChanges(left: SchemaChange, right: SchemaChange): number {
  return (
    severities.indexOf(left.severity) - severities.indexOf(right.severity) ||
    compareText(left.coordinate, right.coordinate) ||
    compareText(left.kind, right.kind) ||
    compareText(left.message, right.message)
  );
}

/** By code unit, the same on every machine. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
