import type { GraphQLSchema } from 'graphql';
import { DeclarationError } from '../../errors.ts';
import { findUnprovenPublications } from '../removal/find-unproven-publications.ts';
import type { ApiVersion } from './api-versions.ts';
import { findUnpublishedRemovals } from './find-unpublished-removals.ts';
import { findGoneVersions } from './find-gone-versions.ts';
import { hashSdl } from './published-version.ts';
import type { PublishedVersion } from './published-version.ts';
import { printVersion } from './print-version.ts';

/**
 * Refuses to serve what did not pass the gate of publication: a version that breaks operations of the one before it and is not
 * published, another schema than was published of one, and a publication without the evidence for what it drops. A published version
 * that is missing has to have ended.
 * @throws DeclarationError with every reason.
 */
export function requirePublications(
  views: ReadonlyMap<ApiVersion, GraphQLSchema>,
  published: readonly PublishedVersion[],
  now: Date,
): void {
  const thawed = [...views].flatMap(([{ name }, view]) => {
    const entry = published.find((candidate) => candidate.name === name);
    if (entry === undefined || hashSdl(printVersion(view)) === entry.sha256) return [];
    return [`The code makes another schema of ${name} than was published on ${entry.publishedAt}. Run: choices schema check`];
  });
  const mistakes = [
    ...findUnpublishedRemovals(views, published).map(({ message }) => message),
    ...thawed,
    ...findUnprovenPublications(views, published, now).map(({ message }) => message),
    ...findGoneVersions([...views.keys()], published, now).map(({ message }) => message),
  ];
  if (mistakes.length > 0) throw new DeclarationError(`The API cannot be served:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`);
}
