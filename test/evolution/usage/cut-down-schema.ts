import { Kind, buildASTSchema } from 'graphql';
import type {
  DefinitionNode,
  DocumentNode,
  FieldDefinitionNode,
  GraphQLSchema,
  InputValueDefinitionNode,
  NamedTypeNode,
  TypeNode,
} from 'graphql';

/**
 * The schema with nothing but the members at the coordinates to keep; a member whose type goes, goes. Nothing is required that
 * was not: what had a default is nullable and has none, so that no default mentions what is gone.
 */
export function cutDownSchema(sdl: DocumentNode, kept: ReadonlySet<string>): GraphQLSchema {
  const definitions = sdl.definitions.flatMap((definition) => keepDefinition(definition, kept) ?? []);
  return buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValid: true, assumeValidSDL: true });
}

function keepDefinition(definition: DefinitionNode, kept: ReadonlySet<string>): DefinitionNode | undefined {
  if (!('name' in definition) || definition.name === undefined) throw new TypeError(`A ${definition.kind} is nothing to cut`);
  const name = definition.kind === Kind.DIRECTIVE_DEFINITION ? `@${definition.name.value}` : definition.name.value;
  if (!kept.has(name)) return undefined;
  const keepNamed = (types: readonly NamedTypeNode[] | undefined) => types?.filter((type) => kept.has(type.name.value));
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
    return {
      ...definition,
      interfaces: keepNamed(definition.interfaces),
      fields: definition.fields?.flatMap((field) => keepField(name, field, kept)),
    };
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) return { ...definition, types: keepNamed(definition.types) };
  if (definition.kind === Kind.ENUM_TYPE_DEFINITION)
    return { ...definition, values: definition.values?.filter((value) => kept.has(`${name}.${value.name.value}`)) };
  if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
    return { ...definition, fields: definition.fields?.flatMap((field) => keepInput(`${name}.${field.name.value}`, field, kept)) };
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) return { ...definition, arguments: keepArguments(name, definition.arguments, kept) };
  return definition;
}

function keepField(typeName: string, field: FieldDefinitionNode, kept: ReadonlySet<string>): FieldDefinitionNode[] {
  const coordinate = `${typeName}.${field.name.value}`;
  if (!kept.has(coordinate) || !kept.has(nameType(field.type))) return [];
  return [{ ...field, arguments: keepArguments(coordinate, field.arguments, kept) }];
}

function keepArguments(owner: string, definitions: readonly InputValueDefinitionNode[] | undefined, kept: ReadonlySet<string>) {
  return definitions?.flatMap((argument) => keepInput(`${owner}(${argument.name.value}:)`, argument, kept));
}

function keepInput(coordinate: string, input: InputValueDefinitionNode, kept: ReadonlySet<string>): InputValueDefinitionNode[] {
  if (!kept.has(coordinate) || !kept.has(nameType(input.type))) return [];
  if (input.defaultValue === undefined) return [input];
  const type = input.type.kind === Kind.NON_NULL_TYPE ? input.type.type : input.type;
  return [{ ...input, type, defaultValue: undefined }];
}

/** The name of a type without its lists. */
export function nameType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameType(type.type);
}
