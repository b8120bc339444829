import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import { archiveFunction, deriveArchiveTriggers } from './archive-trigger.ts';
import { createFunction, type DatabaseFunction, dropFunction } from './database-function.ts';
import { createTrigger, type DatabaseTrigger, dropTrigger } from './database-trigger.ts';
import { deriveNoteTrigger, noteFunction } from './note-trigger.ts';
import { deriveSyncTriggers, syncFunction } from './sync-trigger.ts';
import { writeFunction } from './write-function.ts';

/** The functions of a field, and the triggers that call them. */
export interface DerivedObjects {
  readonly functions: readonly DatabaseFunction[];
  readonly triggers: readonly DatabaseTrigger[];
}

export function deriveObjects(field: ChoiceField, regime: Regime): DerivedObjects {
  const functions = [syncFunction(field, regime), noteFunction(field, regime)];
  const triggers = [...deriveSyncTriggers(field, regime), deriveNoteTrigger(field, regime)];
  if (regime === 'column') return { functions, triggers };
  return {
    functions: [...functions, archiveFunction(field, regime), writeFunction(field, regime)],
    triggers: [...triggers, ...deriveArchiveTriggers(field, regime)],
  };
}

/** The statements that put the functions and triggers of one regime in the place of those of another; undefined: there are none. */
export function replaceObjects(field: ChoiceField, from: Regime | undefined, to: Regime | undefined): readonly string[] {
  const none: DerivedObjects = { functions: [], triggers: [] };
  const old = from === undefined ? none : deriveObjects(field, from);
  const next = to === undefined ? none : deriveObjects(field, to);
  return [
    ...old.triggers.filter((trigger) => !next.triggers.some(({ name }) => name === trigger.name)).map(dropTrigger),
    ...old.functions.filter((derived) => !next.functions.some(({ name }) => name === derived.name)).map(dropFunction),
    ...next.functions.map(createFunction),
    ...next.triggers.map(createTrigger),
  ];
}
