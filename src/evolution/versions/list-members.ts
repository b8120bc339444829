import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { SchemaMember } from './member-lifecycle.ts';

/** Every type, field, argument, input field and enum value of a schema with its coordinate, introspection aside. */
export function* listMembers(schema: GraphQLSchema): Generator<{ coordinate: string; member: SchemaMember }> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    yield { coordinate: type.name, member: type };

    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        yield { coordinate: `${type.name}.${field.name}`, member: field };
        for (const argument of field.args) yield { coordinate: `${type.name}.${field.name}(${argument.name}:)`, member: argument };
      }
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) yield { coordinate: `${type.name}.${field.name}`, member: field };
    if (isEnumType(type)) for (const value of type.getValues()) yield { coordinate: `${type.name}.${value.name}`, member: value };
  }
}
