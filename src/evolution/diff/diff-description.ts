import type { SchemaChange } from './schema-change.ts';

interface Described {
  readonly description?: string | null;
}

export function diffDescription(coordinate: string, older: Described, newer: Described): SchemaChange[] {
  if ((older.description ?? undefined) === (newer.description ?? undefined)) return [];
  const change = older.description == null ? 'added' : newer.description == null ? 'removed' : 'changed';
  return [{ severity: 'safe', kind: 'DESCRIPTION_CHANGED', coordinate, message: `The description of ${coordinate} was ${change}.` }];
}
