import type { GraphQLSchema } from 'graphql';
import { isPromised } from './api-versions.ts';
import type { ApiVersion } from './api-versions.ts';

/** A version and what the code makes of it. */
export interface VersionView {
  readonly version: ApiVersion;
  readonly view: GraphQLSchema;
}

/** Each version that clients rely on with the one before it, by name: in whatever order they are listed. */
export function listPromisedPairs(views: ReadonlyMap<ApiVersion, GraphQLSchema>): readonly (readonly [VersionView, VersionView])[] {
  const promised = [...views]
    .filter(([version]) => isPromised(version))
    .map(([version, view]) => ({ version, view }))
    .sort((left, right) => (left.version.name < right.version.name ? -1 : 1));
  return promised.slice(1).map((newer, index) => [promised[index]!, newer]);
}
