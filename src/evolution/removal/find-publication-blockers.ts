import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { ApiVersion } from '../versions/api-versions.ts';
import { printVersion } from '../versions/print-version.ts';
import { viewSchema } from '../versions/view-schema.ts';
import { hashSdl } from '../versions/published-version.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import { describeRemovalBlockers } from './describe-removal-blockers.ts';
import type { RemovalBlocker } from './describe-removal-blockers.ts';
import { judgeRemovals } from './judge-removals.ts';
import type { RemovalQuestion } from './judge-removals.ts';
import { listRemovals } from './list-removals.ts';
import { readSdl } from './published-versions.ts';
import type { RemovalVerdict } from './verdict.ts';

/** A version that is to be published. */
interface Candidate extends RemovalQuestion {
  /** The version as a schema. */
  readonly view: GraphQLSchema;
  /** Those that there are, oldest first. */
  readonly versions: readonly ApiVersion[];
  readonly published: readonly PublishedVersion[];
  readonly directory: string;
}

/** Why a version cannot be published, and the verdicts on what the version before it has and this one lacks. */
export async function findPublicationBlockers(
  candidate: Candidate,
): Promise<{ readonly removals: readonly RemovalVerdict[]; readonly blockers: readonly RemovalBlocker[] }> {
  const { schema, version, versions, view, published, directory } = candidate;
  const disorder = findDisorder(candidate);
  if (disorder !== undefined) return { removals: [], blockers: [disorder] };
  const previous = versions[versions.indexOf(version) - 1];
  const entry = published.find(({ name }) => name === previous?.name);
  if (previous === undefined || entry === undefined) return { removals: [], blockers: [] };

  const sdl = await readSdl(directory, previous.name);
  // What the code says of the one before, sunsets included, is what clients were told by it.
  const thaw = [...findThaw(entry, sdl, 'its file'), ...findThaw(entry, printVersion(viewSchema(schema, previous)), 'what the code makes')];
  if (sdl === undefined || thaw.length > 0) return { removals: [], blockers: thaw };
  const older = { version: previous, published: buildSchema(sdl) };
  const { announced, unannounced } = listRemovals(schema, older, { version, view });
  const removals = announced.length === 0 ? [] : await judgeRemovals({ ...candidate, version: previous, coordinates: announced });
  return {
    removals,
    blockers: [
      ...unannounced.map(({ coordinate, message }): RemovalBlocker => ({
        code: 'UNANNOUNCED',
        coordinate,
        message: `${message} ${previous.name} does not say that it would: only what was deprecated there may go`,
      })),
      ...removals.flatMap(describeRemovalBlockers),
    ],
  };
}

/** Versions are published in their order: each is compared with what clients were told by the one before it. */
function findDisorder({ version, versions, published }: Candidate): RemovalBlocker | undefined {
  const isPublished = ({ name }: ApiVersion) => published.some((entry) => entry.name === name);
  const index = versions.indexOf(version);
  const previous = versions[index - 1];
  if (previous !== undefined && !isPublished(previous))
    return { code: 'OUT_OF_ORDER', message: `${previous.name} is not published. Run: choices schema publish ${previous.name}` };
  const later = versions.slice(index + 1).find(isPublished);
  return later && { code: 'OUT_OF_ORDER', message: `${later.name}, which comes after ${version.name}, is published already` };
}

/** Why a text is not what was published. */
export function findThaw({ name, sha256 }: PublishedVersion, sdl: string | undefined, what: string): RemovalBlocker[] {
  if (sdl !== undefined && hashSdl(sdl) === sha256) return [];
  const state = sdl === undefined ? 'is gone' : 'differs from what was published';
  return [{ code: 'FROZEN', message: `${name} is published and stays as it is, but ${what} ${state}` }];
}
