/** A choice of a list, or one to come, with the place that it has and the one that a sheet gives it. */
export interface RankedChoice {
  readonly key: string;
  /** Null for one to come. */
  readonly position: number | null;
  /** Null where the sheet says nothing. */
  readonly wanted: number | null;
}

/**
 * The keys of choices in the order that their positions say; who has none stands at the end. Those that the sheet moves, or that are new,
 * take their places, in a list from which they were gone; the others keep their order, and make room. Positions may leave gaps.
 */
export function orderRows(choices: readonly RankedChoice[]): readonly string[] {
  const moved = choices
    .filter(({ position, wanted }) => wanted !== null && wanted !== position)
    .toSorted((one, other) => one.wanted! - other.wanted!);
  const left = moved.map(({ position }) => position ?? Infinity).toSorted((one, other) => one - other);
  let end = Math.max(0, ...choices.map(({ position }) => position ?? 0));
  const staying = choices
    .filter((choice) => !moved.includes(choice))
    .map(({ key, position }) => ({ key, position: position ?? (end += 1) }))
    .map(({ key, position }) => ({ key, place: position - countBelow(left, position) }))
    .toSorted((one, other) => one.place - other.place);

  const keys: string[] = [];
  let last = -Infinity;
  for (const { key, wanted } of moved) {
    while (staying.length > 0 && Math.max(staying[0]!.place, last + 1) < wanted!) {
      const { key: next, place } = staying.shift()!;
      keys.push(next);
      last = Math.max(place, last + 1);
    }
    keys.push(key);
    last = Math.max(wanted!, last + 1);
  }
  return [...keys, ...staying.map(({ key }) => key)];
}

function countBelow(sorted: readonly number[], limit: number): number {
  const count = sorted.findIndex((value) => value >= limit);
  return count === -1 ? sorted.length : count;
}
