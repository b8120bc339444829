import type { RecordedChange } from '../../audit/read-history.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ChoiceChangeType, ChoiceMemberChange } from './choice-change.type.ts';

/** An entry as the API tells it; `field`: the enum value of the choice field that a phase or an acceptance is of. */
export function describeChangeEntry(registry: ChoiceRegistry, entry: RecordedChange): ChoiceChangeType & { readonly field: string | null } {
  const { sequence, kind, action, type, object, before, after } = entry;
  const aliased = (after ?? before)?.choice_id;
  return {
    ...entry,
    id: sequence,
    kind: kind.toUpperCase(),
    action: action.toUpperCase(),
    field: registry.field(type)?.enumValue ?? null,
    choiceId: kind === 'choice' ? object : typeof aliased === 'string' ? aliased : null,
    legacyValue: kind === 'alias' || kind === 'acceptance' ? object : null,
    changes: compareMembers(before ?? {}, after ?? {}),
  };
}

/** What an entry tells by other members. */
const TOLD = new Set(['id', 'created_at', 'field', 'legacy_value']);

function compareMembers(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): ChoiceMemberChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !TOLD.has(name))
    .map((name) => ({ member: camelCase(name), before: showMember(before[name]), after: showMember(after[name]) }))
    .filter((change) => change.before !== change.after)
    .toSorted((one, other) => (one.member < other.member ? -1 : 1));
}

function showMember(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
