import type { GraphQLSchema } from 'graphql';
import { isPromised } from '../versions/api-versions.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { dayOf } from '../versions/day.ts';
import { listDeprecations } from '../versions/list-deprecations.ts';
import { listPromisedPairs, type VersionView } from '../versions/list-promised-pairs.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import { isOverridable } from './is-overridable.ts';
import { isRemoval, listRemovals } from './list-removals.ts';

/** A publication that `choices schema publish` does not write. */
export interface UnprovenPublication {
  readonly name: string;
  /** A sentence: what its entry lacks or has. */
  readonly message: string;
}

/**
 * The publications whose entry does not hold what the gate asks for: of every member that the version before has and this one lacks
 * the verdict, SAFE or passed over by force, on a day on which its sunset had come. A current version that ends is none either, and no
 * version has the members of another month.
 */
export function findUnprovenPublications(
  views: ReadonlyMap<ApiVersion, GraphQLSchema>,
  published: readonly PublishedVersion[],
  now: Date,
): UnprovenPublication[] {
  const current = [...views.keys()].filter(isPromised).at(-1);
  const misdated = [...views.keys()].flatMap(({ name, month }) =>
    !isPromised({ name }) || name === month
      ? []
      : [{ name, message: `${name} has the members of ${month}: expected those of its own month` }],
  );
  const mistakes = published.flatMap(({ name, publishedAt, ends }) => [
    ...(new Date(publishedAt).getTime() > now.getTime() + CLOCKS_DIFFER_MS
      ? [{ name, message: `${name} is published on ${publishedAt}, which has not come` }]
      : []),
    ...(name === current?.name && ends !== undefined
      ? [{ name, message: `${name} is the current version, and ends on ${ends}: expected a later version first` }]
      : []),
  ]);
  const unproven = listPromisedPairs(views).flatMap(([older, newer]) => {
    const entry = published.find(({ name }) => name === newer.version.name);
    const between = published.filter(({ name }) => older.version.name < name && name < newer.version.name);
    return entry === undefined ? [] : findMistakes(entry, between, older, newer);
  });
  return [...misdated, ...mistakes, ...unproven];
}

/** The clock of the database, which says when something is published, may be ahead of this machine's. */
const CLOCKS_DIFFER_MS = 86_400_000;

/**
 * Versions between the two were compared with the older one, and the newer one with the last of them: what they said would go was not
 * said by the older one, and each member went with one of their verdicts.
 */
function findMistakes(
  entry: PublishedVersion,
  between: readonly PublishedVersion[],
  older: VersionView,
  newer: VersionView,
): UnprovenPublication[] {
  const { name } = entry;
  const { announced, unannounced } = listRemovals(older.view, { version: older.version, published: older.view }, newer);
  const sunsets = new Map(listDeprecations(older.view, older.version).map(({ coordinate, sunset }) => [coordinate, sunset]));
  const redo = `Take its entry out, and run: choices schema publish ${name}`;
  const proofs = [entry, ...between];

  const examine = (coordinate: string): string | undefined => {
    const proof = proofs.find(({ evidence }) => evidence?.removals.some((each) => each.coordinate === coordinate));
    const verdict = proof?.evidence?.removals.find((each) => each.coordinate === coordinate)?.verdict;
    if (proof === undefined || verdict === undefined) return `${name} lacks ${coordinate}, and its entry no verdict on that`;
    const isForced = (code: string) =>
      isOverridable(code) && proof.forced?.overridden.some((each) => each.coordinate === coordinate && each.code === code) === true;
    if (verdict !== 'SAFE' && !isForced(verdict)) return `${name} lacks ${coordinate}, which was ${verdict} when it was published`;
    const sunset = sunsets.get(coordinate);
    if (sunset === undefined || dayOf(new Date(proof.publishedAt)) >= `${sunset}-01` || isForced('TOO_EARLY')) return undefined;
    return `${name} lacks ${coordinate} and was published on ${proof.publishedAt}, before its sunset`;
  };
  return [
    ...unannounced.flatMap(({ kind, coordinate, message }) => {
      const mistake =
        between.length > 0 && isRemoval(kind) ? examine(coordinate) : `${message} ${older.version.name} does not say that it would`;
      return mistake === undefined ? [] : [{ name, message: `${mistake}. ${redo}` }];
    }),
    ...announced.flatMap((coordinate) => {
      const mistake = examine(coordinate);
      return mistake === undefined ? [] : [{ name, message: `${mistake}. ${redo}` }];
    }),
  ];
}
