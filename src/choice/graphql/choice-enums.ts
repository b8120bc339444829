import { registerEnumType } from 'type-graphql';
import type { ChoiceRegistry } from '../choice-registry.ts';

/** The enums that name kinds of choice and choice fields in the API. */
export interface ChoiceEnums {
  readonly types: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Declares both for a registry; once, as type-graphql keeps what is declared. */
export function createChoiceEnums(registry: ChoiceRegistry): ChoiceEnums {
  const types = Object.fromEntries(registry.types.map((type) => [type.enumValue, type.enumValue]));
  registerEnumType(types, {
    name: 'ChoiceType',
    description: 'A kind of choice.',
    valuesConfig: Object.fromEntries(registry.types.map((type) => [type.enumValue, { description: type.description }])),
  });
  const fields = Object.fromEntries(registry.fields.map((field) => [field.enumValue, field.enumValue]));
  registerEnumType(fields, {
    name: 'ChoiceFieldName',
    description: 'A place where a record points at a choice.',
    valuesConfig: Object.fromEntries(registry.fields.map((field) => [field.enumValue, { description: `\`${field.coordinate}\`` }])),
  });
  return { types, fields };
}
