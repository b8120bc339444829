import type { GraphQLSchema } from 'graphql';
import { diffSchemas } from '../diff/diff-schemas.ts';
import type { ChangeKind, SchemaChange } from '../diff/schema-change.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { listDeprecations } from '../versions/list-deprecations.ts';
import { existsIn } from '../versions/member-lifecycle.ts';

/** What a version takes away from the one before it. */
export interface Removals {
  /** Coordinates of deprecated members that are gone. */
  readonly announced: readonly string[];
  /** Everything else that breaks an operation which was valid before. */
  readonly unannounced: readonly SchemaChange[];
}

/** Whether a change takes a member away. */
export function isRemoval(kind: ChangeKind): boolean {
  return REMOVALS.has(kind);
}

const REMOVALS: ReadonlySet<ChangeKind> = new Set([
  'TYPE_REMOVED',
  'FIELD_REMOVED',
  'ARGUMENT_REMOVED',
  'INPUT_FIELD_REMOVED',
  'ENUM_VALUE_REMOVED',
]);

/**
 * Compares what was published of a version with the next one. A removal is announced where the member is deprecated in the code
 * and was marked in what was published, which a type cannot be. A type that only nothing leads to any more is none: what led to it
 * is judged.
 */
export function listRemovals(
  schema: GraphQLSchema,
  older: { readonly version: ApiVersion; readonly published: GraphQLSchema },
  newer: { readonly version: ApiVersion; readonly view: GraphQLSchema },
): Removals {
  const deprecated = new Set(listDeprecations(schema, older.version).map(({ coordinate }) => coordinate));
  const announced: string[] = [];
  const unannounced: SchemaChange[] = [];
  for (const change of diffSchemas(older.published, newer.view)) {
    if (change.severity !== 'breaking' || isUnreachable(change)) continue;
    if (isAnnounced(change)) announced.push(change.coordinate);
    else unannounced.push(change);
  }
  return { announced, unannounced };

  function isAnnounced({ kind, coordinate, deprecationReason }: SchemaChange): boolean {
    return isRemoval(kind) && deprecated.has(coordinate) && (kind === 'TYPE_REMOVED' || deprecationReason !== undefined);
  }

  function isUnreachable({ kind, coordinate }: SchemaChange): boolean {
    const type = kind === 'TYPE_REMOVED' ? schema.getType(coordinate) : undefined;
    return type !== undefined && existsIn(type, newer.version);
  }
}
