import type { ChoiceField } from '../choice-field.ts';
import type { LifecycleEntry } from '../../evolution/lifecycle.ts';

/** Where a choice field shows in the schema beside its owner: the names of the owner's input types. */
export const INPUT_SUFFIXES = {
  create: (owner: string) => `Create${owner}Input`,
  update: (owner: string) => `Update${owner}Input`,
  filter: (owner: string) => `${owner}Filter`,
};

/** When the members of each field come and go: the legacy ones are deprecated in the version that introduces the new ones. */
export function deriveLifecycle(fields: readonly ChoiceField[]): LifecycleEntry[] {
  return fields.flatMap((field) => {
    const { since, sunset, removed } = field.deprecated;
    const introduced = { introduced: since };
    const legacy = field.introduced === undefined ? {} : { introduced: field.introduced };
    const deprecated = (replacement: string) => ({
      ...legacy,
      deprecated: { since, sunset, replacement },
      ...(removed === undefined ? {} : { removed }),
    });
    const inputs = [INPUT_SUFFIXES.create, INPUT_SUFFIXES.update].map((name) => name(field.owner));
    const filter = INPUT_SUFFIXES.filter(field.owner);
    return [
      [field.coordinate, deprecated(`${field.ref} { key label }`)],
      [`${field.owner}.${field.ref}`, introduced],
      [`${field.owner}.${field.label}`, introduced],
      ...inputs.flatMap((input): LifecycleEntry[] => [
        [`${input}.${field.legacy}`, deprecated(`${field.ref}: { key: … }`)],
        [`${input}.${field.ref}`, introduced],
      ]),
      [`${filter}.${field.legacy}`, deprecated(`${field.ref}: { key: [ … ] }`)],
      [`${filter}.${field.ref}`, introduced],
      ...(field.introduced === undefined
        ? []
        : [[`${field.owner}OrderField.${field.legacyColumn.toUpperCase()}`, legacy] satisfies LifecycleEntry]),
    ] satisfies LifecycleEntry[];
  });
}
