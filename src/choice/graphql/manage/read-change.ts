import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ChoiceChange } from '../../manage/apply-changes.ts';
import type { ChoiceUpdate } from '../../manage/update-choice.ts';
import { listOwnNames } from './manage-inputs.ts';

type InputOf<Kind extends ChoiceChange['kind']> = Extract<ChoiceChange, { kind: Kind }>['input'];

/** The inputs of changes as they arrive: fields by their enum values, values of the type's own columns beside the others. */
export interface ChangeInput {
  readonly create: Omit<InputOf<'create'>, 'extra'>;
  readonly update: Omit<ChoiceUpdate, 'extra'>;
  readonly reorder: InputOf<'reorder'>;
  readonly setActive: InputOf<'setActive'>;
  readonly setDefault: { readonly field: string; readonly id?: string | null };
  readonly delete: InputOf<'delete'>;
  readonly restore: InputOf<'restore'>;
  readonly addAlias: InputOf<'addAlias'>;
  readonly removeAlias: InputOf<'removeAlias'>;
}

/** The values that an input has for columns that not every type has. */
export function readOwn(registry: ChoiceRegistry, input: object): Readonly<Record<string, unknown>> {
  const given = new Map(Object.entries(input));
  return Object.fromEntries(
    listOwnNames(registry.types)
      .filter((name) => given.get(name) !== undefined)
      .map((name) => [name, given.get(name)]),
  );
}

/** One change of a list. GraphQL has seen to it that there is exactly one. */
export function readChange(registry: ChoiceRegistry, change: Partial<ChangeInput>): ChoiceChange {
  const { create, update, setDefault, ...others } = change;
  if (create) return { kind: 'create', input: { ...create, extra: readOwn(registry, create) } };
  if (update) return { kind: 'update', input: { ...update, extra: readOwn(registry, update) } };
  if (setDefault) {
    const field = registry.fields.find(({ enumValue }) => enumValue === setDefault.field)!;
    return { kind: 'setDefault', input: { field, id: setDefault.id ?? null } };
  }
  const [kind, input] = Object.entries(others).find(([, given]) => given)!;
  return { kind, input } as ChoiceChange;
}
