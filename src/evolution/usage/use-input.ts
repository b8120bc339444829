import { Kind, astFromValue, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isScalarType } from 'graphql';
import type { ArgumentNode, GraphQLArgument, GraphQLInputType, ValueNode } from 'graphql';
import type { InputPlace, Uses } from './uses.ts';

/** Finds what the arguments of a field (`Query.leads`) or a directive (`@tag`) use, those that are left to their default included. */
export function useArguments(
  owner: string,
  definitions: readonly GraphQLArgument[],
  given: readonly ArgumentNode[] | undefined,
  uses: Uses,
): void {
  for (const definition of definitions) {
    const node = given?.find(({ name }) => name.value === definition.name);
    usePlace(`${owner}(${definition.name}:)`, definition, node?.value, uses);
  }
}

/** Finds what a value written in a document uses: input fields, enum values, and what the input fields it lacks default to. */
export function useLiteral(value: ValueNode, type: GraphQLInputType, uses: Uses): void {
  if (isNonNullType(type)) useLiteral(value, type.ofType, uses);
  else if (isListType(type)) for (const item of value.kind === Kind.LIST ? value.values : [value]) useLiteral(item, type.ofType, uses);
  else if (isEnumType(type)) {
    if (value.kind === Kind.ENUM && type.getValue(value.value) != null) uses.explicit.add(`${type.name}.${value.value}`);
  } else if (isInputObjectType(type) && value.kind === Kind.OBJECT) {
    const given = new Map(value.fields.map((field) => [field.name.value, field.value]));
    for (const field of Object.values(type.getFields())) usePlace(`${type.name}.${field.name}`, field, given.get(field.name), uses);
  }
}

function usePlace(coordinate: string, place: InputPlace, value: ValueNode | undefined, uses: Uses): void {
  if (value === undefined) {
    useDefault(coordinate, place, uses);
    return;
  }
  uses.explicit.add(coordinate).add(getNamedType(place.type).name);
  if (value.kind === Kind.VARIABLE) uses.onVariable?.(value.name.value, place);
  else useLiteral(value, place.type, uses);
}

/** Finds what a place that is left to its default uses; nothing where it has none. */
export function useDefault(coordinate: string, place: InputPlace, uses: Uses): void {
  if (place.defaultValue === undefined) return;
  uses.defaulted.add(coordinate).add(getNamedType(place.type).name);
  useDefaultValue(place, uses);
}

/** Finds what the default of a place holds. */
export function useDefaultValue(place: InputPlace, { defaulted, taken }: Uses): void {
  if (taken.has(place) || isScalarType(getNamedType(place.type))) return;
  taken.add(place);
  // As SDL states it: the default itself names enum values by what they stand for.
  const literal = astFromValue(place.defaultValue, place.type);
  if (literal != null) useLiteral(literal, place.type, { explicit: defaulted, defaulted, taken });
}
