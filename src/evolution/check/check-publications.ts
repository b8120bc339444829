import type { GraphQLSchema } from 'graphql';
import { findUnprovenPublications } from '../removal/find-unproven-publications.ts';
import { listPath } from '../removal/published-versions.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { findGoneVersions } from '../versions/find-gone-versions.ts';
import { findUnpublishedRemovals } from '../versions/find-unpublished-removals.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import type { Finding } from './finding.ts';

/**
 * Whether what has to be published is: every version that breaks operations of the one before it, and all before a published one;
 * whether the entries of published ones hold what the gate asks for; and whether a published version that the code no longer makes
 * has ended.
 */
export function checkPublications(
  { views, directory, now }: { readonly views: ReadonlyMap<ApiVersion, GraphQLSchema>; readonly directory: string; readonly now: Date },
  published: readonly PublishedVersion[],
): Finding[] {
  const list = { judgement: 'refused', coordinate: 'schema', file: listPath(directory), line: 1 } as const;
  return [
    ...findUnpublishedRemovals(views, published).map(({ version, message }): Finding => ({
      judgement: 'refused',
      kind: 'UNPUBLISHED_REMOVAL',
      coordinate: 'schema',
      schema: version.name,
      message: `${message}.`,
    })),
    ...findGoneVersions([...views.keys()], published, now).map(({ name, message }): Finding => ({
      ...list,
      kind: 'VERSION_GONE',
      schema: name,
      message: `${message}.`,
    })),
    ...findUnprovenPublications(views, published, now).map(({ name, message }): Finding => ({
      ...list,
      kind: 'UNPROVEN_PUBLICATION',
      schema: name,
      message: `${message}.`,
    })),
    ...findHoles([...views.keys()], published).map((name): Finding => ({
      ...list,
      kind: 'PUBLICATION_MISSING',
      schema: name,
      message: `${name} is not listed as published, and a later version is. What was published stays listed.`,
    })),
  ];
}

/** Versions are published in their order. */
function findHoles(versions: readonly ApiVersion[], published: readonly PublishedVersion[]): string[] {
  const isPublished = ({ name }: ApiVersion) => published.some((entry) => entry.name === name);
  const last = published.at(-1)?.name ?? '';
  return versions.flatMap((version) => (version.name < last && !isPublished(version) ? [version.name] : []));
}
