import { witnessOf } from './add-witnesses.ts';
import type { AnswerShape, ValueChange } from './answer-shape.ts';
import { type Comparison, type Difference, DIFFERENCES_KEPT, type FoundCount } from './proof.ts';

/** What strings resolve to, over all that was compared: each to one key, or to none. */
export type Resolutions = Map<string, { readonly key: string | null; readonly at: string }>;

/** The data of one operation's answers. */
export interface Answers {
  readonly before: unknown;
  readonly after: unknown;
  /** That of the operation with witnesses. */
  readonly witnessed: unknown;
}

/**
 * Compares the answers of an operation before and after the rewrite: everything has to be the same, but for the values that moved.
 * Of those, a string may have become another key or null, if the witness beside it says the same, and if that string does
 * everywhere.
 */
export function compareAnswers({ before, after, witnessed }: Answers, shape: AnswerShape, resolutions: Resolutions): Comparison {
  let [compared, equal, nulls, differencesFound] = [0, 0, 0, 0];
  const aliased = new Map<string, Comparison['aliased'][number]>();
  const unmapped = new Map<string, Comparison['unmapped'][number]>();
  const differences: Difference[] = [];
  compareValues(before, after, witnessed, shape, '');
  return {
    compared,
    equal,
    nulls,
    aliased: [...aliased.values()],
    unmapped: [...unmapped.values()],
    differences,
    differencesFound,
    found: [],
  };

  function differ(at: string, message: string): void {
    differencesFound++;
    if (differences.length < DIFFERENCES_KEPT) differences.push({ at, message });
  }

  function compareValues(old: unknown, now: unknown, seen: unknown, here: AnswerShape | undefined, at: string): void {
    if (Array.isArray(old)) {
      if (!Array.isArray(now)) differ(at, `a list of ${old.length}, now ${show(now)}`);
      else if (now.length !== old.length) differ(at, `a list of ${old.length}, now of ${now.length}`);
      else old.forEach((item, index) => compareValues(item, now[index], itemOf(seen, index), here, `${at}[${index}]`));
    } else if (isObject(old)) {
      if (isObject(now)) compareMembers(old, now, seen, here, at);
      else differ(at, `an object, now ${show(now)}`);
    } else if (old !== now) differ(at, `${show(old)}, now ${show(now)}`);
  }

  function compareMembers(old: Members, now: Members, seen: unknown, here: AnswerShape | undefined, at: string): void {
    const known = new Set(here?.added);
    for (const [key, value] of Object.entries(old)) {
      const place = at === '' ? key : `${at}.${key}`;
      const change = here?.changes.get(key);
      if (change && Object.hasOwn(now, change.field) && !isScalar(now[change.field])) {
        known.add(change.field);
        const isShared = change.field !== key && Object.hasOwn(old, change.field);
        compareMoved(value, now[change.field], memberOf(seen, witnessOf(key)), change, place, isShared);
      } else {
        known.add(key);
        if (Object.hasOwn(now, key)) compareValues(value, now[key], memberOf(seen, key), here?.members.get(key), place);
        else differ(place, `${show(value)}, now missing`);
      }
    }
    for (const key of Object.keys(now)) if (!known.has(key)) differ(at === '' ? key : `${at}.${key}`, 'was not there');
  }

  /** `isShared`: the object was selected before as well, so that it has more than the key; `compareMembers` looks at the rest. */
  function compareMoved(old: unknown, now: unknown, seen: unknown, { coordinate, selection }: ValueChange, at: string, isShared: boolean) {
    compared++;
    if (now !== null && !Object.hasOwn(Object(now) as object, selection)) return differ(at, `${show(old)}, now without ${selection}`);
    if (!isShared && isObject(now) && Object.keys(now).length > 1) return differ(at, `now with more than ${selection}`);
    const [key, witness] = [keyOf(now, selection), keyOf(seen, selection)];
    if (key !== witness) return differ(at, `${show(old)}, now ${show(key)}; asked for both, the server says ${show(witness)}`);
    if (old === null || typeof old !== 'string') {
      if (old !== key) return differ(at, `${show(old)}, now ${show(key)}`);
      nulls++;
      equal++;
      return;
    }
    const name = JSON.stringify([coordinate, old]);
    const known = resolutions.get(name);
    if (known && known.key !== key) return differ(at, `${show(old)} is now ${show(key)}, and ${show(known.key)} at ${known.at}`);
    resolutions.set(name, known ?? { key: key as string | null, at });
    if (old === key) return void equal++;
    if (typeof key === 'string') {
      aliased.set(name, { coordinate, value: old, key, example: at, ...aliased.get(name), count: (aliased.get(name)?.count ?? 0) + 1 });
    } else {
      unmapped.set(name, { coordinate, value: old, example: at, ...unmapped.get(name), count: (unmapped.get(name)?.count ?? 0) + 1 });
    }
  }
}

/** Both together, as if they were of one answer. */
export function addComparisons(one: Comparison, other: Comparison): Comparison {
  return {
    compared: one.compared + other.compared,
    equal: one.equal + other.equal,
    nulls: one.nulls + other.nulls,
    aliased: addCounts([...one.aliased, ...other.aliased]),
    unmapped: addCounts([...one.unmapped, ...other.unmapped]),
    differences: [...one.differences, ...other.differences].slice(0, DIFFERENCES_KEPT),
    differencesFound: one.differencesFound + other.differencesFound,
    found: addFound([...one.found, ...other.found]),
  };
}

export const NOTHING_COMPARED: Comparison = {
  compared: 0,
  equal: 0,
  nulls: 0,
  aliased: [],
  unmapped: [],
  differences: [],
  differencesFound: 0,
  found: [],
};

/** A value resolves to one key, so that coordinate and value name it. */
function addCounts<T extends { readonly coordinate: string; readonly value: string; readonly count: number }>(values: readonly T[]): T[] {
  const byName = Map.groupBy(values, ({ coordinate, value }) => JSON.stringify([coordinate, value]));
  return [...byName.values()].map((same) => ({ ...same[0]!, count: same.reduce((sum, { count }) => sum + count, 0) }));
}

function addFound(counts: readonly FoundCount[]): FoundCount[] {
  const sum = (same: readonly FoundCount[], side: 'before' | 'after') => same.reduce((total, count) => total + count[side], 0);
  return [...Map.groupBy(counts, ({ at }) => at)].map(([at, same]) => ({ at, before: sum(same, 'before'), after: sum(same, 'after') }));
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined;
}

function itemOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value as unknown[])[index] : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

/** Null where there is no object; undefined where nothing was answered. */
function keyOf(value: unknown, selection: string): unknown {
  return isObject(value) ? value[selection] : value;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
