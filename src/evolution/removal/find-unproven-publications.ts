import type { GraphQLSchema } from 'graphql';
import type { ApiVersion } from '../versions/api-versions.ts';
import { dayOf } from '../versions/day.ts';
import { listDeprecations } from '../versions/list-deprecations.ts';
import { listPromisedPairs, type VersionView } from '../versions/list-promised-pairs.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import { isOverridable } from './is-overridable.ts';
import { listRemovals } from './list-removals.ts';

/** A publication that `choices schema publish` does not write. */
export interface UnprovenPublication {
  readonly name: string;
  /** A sentence: what its entry lacks or has. */
  readonly message: string;
}

/**
 * The publications whose entry does not hold what the gate asks for: of every member that the version before has and this one lacks
 * the verdict, SAFE or passed over by force, on a day on which its sunset had come. A current version that ends is none either.
 */
export function findUnprovenPublications(
  views: ReadonlyMap<ApiVersion, GraphQLSchema>,
  published: readonly PublishedVersion[],
  now: Date,
): UnprovenPublication[] {
  const current = [...views.keys()].filter(({ withoutDeprecated }) => withoutDeprecated !== true).at(-1);
  const mistakes = published.flatMap(({ name, publishedAt, ends }) => [
    ...(new Date(publishedAt) > now ? [{ name, message: `${name} is published on ${publishedAt}, which has not come` }] : []),
    ...(name === current?.name && ends !== undefined
      ? [{ name, message: `${name} is the current version, and ends on ${ends}: expected a later version first` }]
      : []),
  ]);
  const unproven = listPromisedPairs(views).flatMap(([older, newer]) => {
    const entry = published.find(({ name }) => name === newer.version.name);
    // It was compared with the one before it, which may have ended since.
    const isBetween = ({ name }: PublishedVersion) => older.version.name < name && name < newer.version.name;
    return entry === undefined || published.some(isBetween) ? [] : findMistakes(entry, older, newer);
  });
  return [...mistakes, ...unproven];
}

function findMistakes(entry: PublishedVersion, older: VersionView, newer: VersionView): UnprovenPublication[] {
  const { name } = entry;
  const { announced, unannounced } = listRemovals(older.view, { version: older.version, published: older.view }, newer);
  const sunsets = new Map(listDeprecations(older.view, older.version).map(({ coordinate, sunset }) => [coordinate, sunset]));
  const isForced = (coordinate: string, code: string) =>
    isOverridable(code) && entry.forced?.overridden.some((each) => each.coordinate === coordinate && each.code === code) === true;
  const redo = `Take its entry out, and run: choices schema publish ${name}`;
  return [
    ...unannounced.map(({ message }) => ({ name, message: `${message} ${older.version.name} does not say that it would. ${redo}` })),
    ...announced.flatMap((coordinate) => {
      const verdict = entry.evidence?.removals.find((each) => each.coordinate === coordinate)?.verdict;
      if (verdict === undefined) return [{ name, message: `${name} lacks ${coordinate}, and its entry no verdict on that. ${redo}` }];
      if (verdict !== 'SAFE' && !isForced(coordinate, verdict))
        return [{ name, message: `${name} lacks ${coordinate}, which was ${verdict} when it was published. ${redo}` }];
      const sunset = `${sunsets.get(coordinate)}-01`;
      if (dayOf(new Date(entry.publishedAt)) >= sunset || isForced(coordinate, 'TOO_EARLY')) return [];
      return [{ name, message: `${name} lacks ${coordinate} and was published on ${entry.publishedAt}, before its sunset. ${redo}` }];
    }),
  ];
}
