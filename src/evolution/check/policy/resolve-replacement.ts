import {
  type DocumentNode,
  FieldsOnCorrectTypeRule,
  type GraphQLInputType,
  type GraphQLSchema,
  Kind,
  KnownArgumentNamesRule,
  NoDeprecatedCustomRule,
  ScalarLeafsRule,
  type ValueNode,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  parseValue,
  validate,
} from 'graphql';
import { listMembers } from '../../versions/list-members.ts';
import type { SchemaMember } from '../../versions/member-lifecycle.ts';
import { resolveCoordinate } from '../resolve-coordinate.ts';

/** Where the name of a replacement is looked for: beside the deprecated member, or among types and root fields as well. */
export type ReplacementScope = 'siblings' | 'schema';

const COORDINATE = /^([_A-Za-z]\w*)\.[_A-Za-z]\w*(?:\([_A-Za-z]\w*:\))?$/;
const PATH = /^[_A-Za-z]\w*(?:\.[_A-Za-z]\w*)+$/;
const BEGINNING = /^([_A-Za-z]\w*)\s*(?=$|:(?!\/)|[({])/;

/**
 * Why clients cannot use a replacement in place of the member at a coordinate: it names a member that does not exist, or that is
 * deprecated itself. A replacement is a selection (`industryRef { key label }`), a member of an input (`industryRef: { key: … }`),
 * a name, a path (`industryRef.key`) or a coordinate (`Query.leads(filter:)`); any other text is for people, and not looked into.
 */
export function findReplacementMistake(
  schema: GraphQLSchema,
  coordinate: string,
  replacement: string,
  scope: ReplacementScope,
): string | undefined {
  const text = replacement.trim();
  const [, owner] = COORDINATE.exec(text) ?? [];
  if (owner !== undefined && schema.getType(owner)) {
    const found = [...listMembers(schema)].find((each) => each.coordinate === text);
    return describeMember(text, found?.member);
  }

  const siblings = listSiblings(schema, coordinate);
  const [name] = PATH.test(text) ? text.split('.') : (BEGINNING.exec(text)?.slice(1) ?? []);
  if (siblings === undefined || name === undefined) return undefined;
  const member = siblings.members.find((sibling) => sibling.name === name);
  if (member === undefined)
    return scope === 'schema' && isElsewhere(schema, coordinate, name) ? undefined : `${siblings.of} has no ${name}`;
  if (isDeprecated(member)) return `${siblings.at(name)} is deprecated itself`;
  if ('args' in member) return findWrongSelection(schema, coordinate.split('.')[0]!, text);
  return 'type' in member ? findWrongMember(member.type, text) : undefined;
}

interface Siblings {
  /** What has them, as the subject of a sentence. */
  readonly of: string;
  readonly at: (name: string) => string;
  readonly members: readonly SchemaMember[];
}

function listSiblings(schema: GraphQLSchema, coordinate: string): Siblings | undefined {
  const element = resolveCoordinate(schema, coordinate);
  switch (element?.kind) {
    case 'NamedType':
      return { of: 'the schema', at: (name) => name, members: Object.values(schema.getTypeMap()) };
    case 'Field':
    case 'InputField':
      return siblingsIn(element.type.name, Object.values(element.type.getFields()));
    case 'EnumValue':
      return siblingsIn(element.type.name, element.type.getValues());
    case 'FieldArgument': {
      const field = `${element.type.name}.${element.field.name}`;
      return { of: field, at: (name) => `${field}(${name}:)`, members: element.field.args };
    }
    case 'Directive':
    case 'DirectiveArgument':
    case undefined:
      return undefined;
  }
}

function siblingsIn(type: string, members: readonly SchemaMember[]): Siblings {
  return { of: type, at: (name) => `${type}.${name}`, members };
}

/** A type, a field of a root type, or a field beside the one that has the argument. */
function isElsewhere(schema: GraphQLSchema, coordinate: string, name: string): boolean {
  const owner = coordinate.includes('(') ? [schema.getType(coordinate.split('.')[0]!)] : [];
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType(), ...owner];
  return (
    schema.getType(name) !== undefined || types.some((type) => (isObjectType(type) || isInterfaceType(type)) && name in type.getFields())
  );
}

function findWrongSelection(schema: GraphQLSchema, type: string, text: string): string | undefined {
  const selection = PATH.test(text) ? text.replaceAll('.', ' { ') + ' }'.repeat(text.split('.').length - 1) : text;
  let document: DocumentNode;
  try {
    document = parse(fillIn(`fragment Replacement on ${type} { ${selection} }`));
  } catch {
    return undefined;
  }
  const rules = [FieldsOnCorrectTypeRule, KnownArgumentNamesRule, NoDeprecatedCustomRule];
  // A name alone says which field, and not what of it.
  const [error] = validate(schema, document, selection.includes('{') ? [...rules, ScalarLeafsRule] : rules);
  return error?.message.replace(/\.$/, '');
}

/** `text`: a member of an input, such as `industryRef: { key: … }`; `type`: that of the member. */
function findWrongMember(type: GraphQLInputType, text: string): string | undefined {
  const [, ...path] = PATH.test(text) ? text.split('.') : [];
  const value = path.length > 0 ? `{ ${path.join(': { ')}: null${' }'.repeat(path.length)}` : text.replace(/^\w+\s*:?/, '');
  try {
    return findWrongValue(type, parseValue(fillIn(value)));
  } catch {
    return undefined;
  }
}

function findWrongValue(inputType: GraphQLInputType, value: ValueNode): string | undefined {
  if (value.kind === Kind.LIST) return firstOf(value.values, (item) => findWrongValue(inputType, item));
  const type = getNamedType(inputType);
  if (value.kind === Kind.ENUM && isEnumType(type)) return describeMember(`${type.name}.${value.value}`, type.getValue(value.value));
  if (value.kind !== Kind.OBJECT || !isInputObjectType(type)) return undefined;
  return firstOf(value.fields, (field) => {
    const member = type.getFields()[field.name.value];
    return describeMember(`${type.name}.${field.name.value}`, member) ?? findWrongValue(member!.type, field.value);
  });
}

/** An ellipsis stands for any value. */
function fillIn(text: string): string {
  return text.replaceAll('…', 'null');
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  return items.map(find).find((found) => found !== undefined);
}

function describeMember(coordinate: string, member: SchemaMember | undefined | null): string | undefined {
  if (member == null) return `there is no ${coordinate}`;
  return isDeprecated(member) ? `${coordinate} is deprecated itself` : undefined;
}

function isDeprecated(member: SchemaMember): boolean {
  return 'deprecationReason' in member && member.deprecationReason != null;
}
