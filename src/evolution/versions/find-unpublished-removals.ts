import type { GraphQLSchema } from 'graphql';
import { diffSchemas } from '../diff/diff-schemas.ts';
import type { ApiVersion } from './api-versions.ts';
import { listPromisedPairs } from './list-promised-pairs.ts';
import type { PublishedVersion } from './published-version.ts';

/** A version that is not published although it has to be. */
export interface UnpublishedRemoval {
  readonly version: ApiVersion;
  /** A sentence: what is missing or changed, and which command publishes it. */
  readonly message: string;
}

/** Coordinates that a sentence names. */
const MOST_NAMED = 3;

/**
 * The versions that break operations of the one before them and are not published: what clients are to lose has to pass the gate of
 * `choices schema publish` first. A version that only adds may stay open, and one that promises nothing needs no publication.
 */
export function findUnpublishedRemovals(
  views: ReadonlyMap<ApiVersion, GraphQLSchema>,
  published: readonly PublishedVersion[],
): UnpublishedRemoval[] {
  return listPromisedPairs(views).flatMap(([{ version: previous, view: older }, { version, view }]) => {
    if (published.some(({ name }) => name === version.name)) return [];
    const broken = [
      ...new Set(diffSchemas(older, view).flatMap(({ severity, coordinate }) => (severity === 'breaking' ? coordinate : []))),
    ];
    return broken.length === 0 ? [] : [{ version, message: describe(version, previous, broken) }];
  });
}

function describe(version: ApiVersion, previous: ApiVersion, broken: readonly string[]): string {
  const rest = broken.length - MOST_NAMED;
  const named = `${broken.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return `${version.name} breaks operations of ${previous.name} (${named}) and is not published. Run: choices schema publish ${version.name}`;
}
