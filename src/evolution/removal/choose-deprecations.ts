import { distance } from 'fastest-levenshtein';
import type { GraphQLSchema } from 'graphql';
import { UsageError } from '../../errors.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { listDeprecations } from '../versions/list-deprecations.ts';
import type { Deprecation } from '../versions/list-deprecations.ts';

const MOST_SUGGESTIONS = 3;
/** Edits per character up to which two coordinates are alike. */
const NEAR = 0.4;

/**
 * What is deprecated in a version: all, or exactly the members at these coordinates.
 * @throws UsageError for coordinates at which nothing is deprecated, with those that may have been meant.
 */
export function chooseDeprecations(
  schema: GraphQLSchema,
  version: ApiVersion,
  coordinates: readonly string[] | undefined,
): readonly Deprecation[] {
  const all = listDeprecations(schema, version);
  if (coordinates === undefined) return all;
  const known = new Set(all.map(({ coordinate }) => coordinate));
  const unknown = coordinates.filter((coordinate) => !known.has(coordinate));
  if (unknown.length > 0) throw new UsageError(unknown.map((coordinate) => describeUnknown(coordinate, version, [...known])).join('\n'));
  return all.filter(({ coordinate }) => coordinates.includes(coordinate));
}

function describeUnknown(coordinate: string, { name }: ApiVersion, known: readonly string[]): string {
  const near = known
    .map((other) => ({ other, edits: distance(coordinate.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, edits }) => edits <= NEAR * Math.max(coordinate.length, other.length))
    .sort((left, right) => left.edits - right.edits)
    .slice(0, MOST_SUGGESTIONS)
    .map(({ other }) => other);
  const suggestion = near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Expected the coordinate of a member that is';
  return `${JSON.stringify(coordinate)} is not deprecated in ${name}. ${suggestion}`;
}
