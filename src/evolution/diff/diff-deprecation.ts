import type { SchemaChange } from './schema-change.ts';

export interface Deprecatable {
  readonly deprecationReason?: string | null;
}

export function diffDeprecation(coordinate: string, older: Deprecatable, newer: Deprecatable): SchemaChange[] {
  const [before, after] = [older.deprecationReason, newer.deprecationReason];
  if (before == null && after != null)
    return [{ severity: 'safe', kind: 'DEPRECATION_ADDED', coordinate, message: `${coordinate} was deprecated: ${after}` }];
  if (before != null && after == null)
    return [{ severity: 'safe', kind: 'DEPRECATION_REMOVED', coordinate, message: `${coordinate} is no longer deprecated.` }];
  if (before == null || after == null || before === after) return [];
  const message = `${coordinate} is deprecated for another reason, ${JSON.stringify(before)} before: ${after}`;
  return [{ severity: 'safe', kind: 'DEPRECATION_REASON_CHANGED', coordinate, message }];
}

/** The removal of a member, which stays breaking when it was deprecated: only use tells whether nobody minds. */
export function describeRemoval(kind: SchemaChange['kind'], coordinate: string, member: Deprecatable): SchemaChange {
  const { deprecationReason } = member;
  const removal = { severity: 'breaking', kind, coordinate } as const;
  if (deprecationReason == null) return { ...removal, message: `${coordinate} was removed.` };
  return { ...removal, message: `${coordinate} was removed. It was deprecated: ${deprecationReason}`, deprecationReason };
}
