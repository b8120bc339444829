/** A choice of a list, or one to come, with the place that it has and the one that a sheet gives it. */
export interface RankedChoice {
  readonly key: string;
  /** Null for one to come. */
  readonly position: number | null;
  /** Null where the sheet says nothing. */
  readonly wanted: number | null;
}

/**
 * The keys of choices in the order that their positions say; who has none stands at the end. Positions may leave gaps. Of two with the same
 * one, that which the sheet moves gets the place: it stands before the other where it moves up or is new, after it where it moves down.
 */
export function orderRows(choices: readonly RankedChoice[]): readonly string[] {
  const ranked = choices.map(({ key, position, wanted }) => {
    const rank = wanted ?? position ?? Infinity;
    return { key, rank, tie: wanted === null ? 0 : Math.sign(rank - (position ?? Infinity)) };
  });
  return ranked.sort((one, other) => (one.rank === other.rank ? one.tie - other.tie : one.rank - other.rank)).map(({ key }) => key);
}
