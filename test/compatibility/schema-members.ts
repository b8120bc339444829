import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { createVersionSchemas } from '../../src/app.ts';
import type { CorpusOperation } from './corpus-operation.ts';

export async function schemaOf(version: string): Promise<GraphQLSchema> {
  const schemas = await createVersionSchemas();
  return [...schemas].find(([{ name }]) => name === version)![1];
}

/** Coordinates of everything that a client can write down: fields, arguments, members of inputs, values of enums. */
export function listMembers(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => {
      if (isEnumType(type)) return type.getValues().map((value) => `${type.name}.${value.name}`);
      if (isInputObjectType(type)) return Object.keys(type.getFields()).map((name) => `${type.name}.${name}`);
      if (!isObjectType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) => [
        `${type.name}.${field.name}`,
        ...field.args.map((argument) => `${type.name}.${field.name}(${argument.name}:)`),
      ]);
    });
}

/** What the operations use that are valid. */
export function listUsed(schema: GraphQLSchema, operations: readonly CorpusOperation[]): Set<string> {
  const used = new Set<string>();
  for (const { query } of operations) {
    const document = parse(query);
    if (validate(schema, document).length > 0) continue;
    const types = new TypeInfo(schema);
    visit(
      document,
      visitWithTypeInfo(types, {
        enter(node) {
          const parent = types.getParentType()?.name;
          if (node.kind === Kind.FIELD) used.add(`${parent}.${node.name.value}`);
          if (node.kind === Kind.ARGUMENT) used.add(`${parent}.${types.getFieldDef()?.name}(${node.name.value}:)`);
          if (node.kind === Kind.OBJECT_FIELD) used.add(`${getNamedType(types.getParentInputType())?.name}.${node.name.value}`);
          if (node.kind === Kind.ENUM) used.add(`${getNamedType(types.getInputType())?.name}.${node.value}`);
        },
      }),
    );
  }
  return used;
}
