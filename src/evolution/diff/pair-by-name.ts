export interface Pairing<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly kept: readonly (readonly [older: T, newer: T])[];
}

/** Which members came, went and stayed, by their whole name. */
export function pairByName<T extends { readonly name: string }>(older: readonly T[], newer: readonly T[]): Pairing<T> {
  const before = new Set(older.map(({ name }) => name));
  const after = new Map(newer.map((member) => [member.name, member]));
  return {
    added: newer.filter(({ name }) => !before.has(name)),
    removed: older.filter(({ name }) => !after.has(name)),
    kept: older.flatMap((member) => {
      const counterpart = after.get(member.name);
      return counterpart === undefined ? [] : [[member, counterpart] as const];
    }),
  };
}
