import type { GraphQLSchema } from 'graphql';
import type { UsedCoordinates } from '../../evolution/usage/collect-coordinates.ts';
import type { ApiVersion } from '../../evolution/versions/api-versions.ts';
import { type Deprecation, listDeprecations } from '../../evolution/versions/list-deprecations.ts';
import type { UseObserver } from './observe-use.ts';

/** What a client is told that uses something deprecated. */
interface Notice {
  readonly deprecations: readonly Pick<Deprecation, 'coordinate' | 'reason' | 'replacement' | 'sunset'>[];
  /** The header `Deprecation` of RFC 9745: since when the first of them is deprecated. */
  readonly since: string;
}

/**
 * Tells clients which deprecated members they named, in `extensions.deprecations` and in headers. What only a default value of the
 * schema brought in is not told. Undefined for a version in which nothing is deprecated.
 */
export function tellDeprecations(
  { schema, version }: { readonly schema: GraphQLSchema; readonly version: ApiVersion },
  tells: (client: string) => boolean,
): UseObserver | undefined {
  const deprecated = new Map(listDeprecations(schema, version).map((deprecation) => [deprecation.coordinate, deprecation]));
  if (deprecated.size === 0) return undefined;
  const link = `</graphql/${version.name}?sdl>; rel="deprecation"; type="text/plain"`;
  // Equal uses of one document are one object.
  const notices = new WeakMap<UsedCoordinates, Notice | 'none'>();

  return ({ used, client, executed, headers, result }) => {
    if (!executed) return;
    let notice = notices.get(used);
    if (notice === undefined) notices.set(used, (notice = describeUse(used, deprecated)));
    if (notice === 'none' || !tells(client)) return;
    result.extensions = { ...result.extensions, deprecations: notice.deprecations };
    headers.set('deprecation', notice.since);
    headers.set('link', link);
  };
}

function describeUse({ explicit }: UsedCoordinates, deprecated: ReadonlyMap<string, Deprecation>): Notice | 'none' {
  const met = explicit.flatMap((coordinate) => deprecated.get(coordinate) ?? []);
  if (met.length === 0) return 'none';
  const [since] = met.map((deprecation) => deprecation.since).sort();
  return {
    deprecations: met.map(({ coordinate, reason, replacement, sunset }) => ({ coordinate, reason, replacement, sunset })),
    since: `@${Date.parse(`${since}-01T00:00:00Z`) / 1_000}`,
  };
}
