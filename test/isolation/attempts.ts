import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';
import type { GraphQLArgument, GraphQLField, GraphQLInputField, GraphQLInputType, GraphQLOutputType, GraphQLSchema } from 'graphql';
import type { ForeignValues } from './foreign-tenant.ts';

/** One operation that tries to reach another tenant. */
export interface Attempt {
  /** Coordinates of where the foreign value stands: `Mutation.updateTask(input:).leadId`. */
  readonly target: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether the asking tenant may have the foreign value as a name of its own by then. */
  readonly namesOwn: boolean;
}

/** What an id stands for, by the name of its member. A member that is not here fails the test: say what it stands for. */
const ID_MEMBERS: Readonly<Record<string, 'records' | 'choices'>> = {
  id: 'records',
  accountId: 'records',
  leadId: 'records',
  current: 'choices',
  ids: 'choices',
  choiceId: 'choices',
  replacementId: 'choices',
  loserIds: 'choices',
  loserId: 'choices',
  survivorId: 'choices',
  mergeId: 'choices',
};
/** Inputs whose `id` is a choice's. */
const OF_CHOICES = /Choice/;
/** Strings that name something of a tenant's. */
const CURSORS = new Set(['after', 'before']);

/** Mutations by which the one who asks comes to have choices that are called as the other tenant's are. They come last, and may answer those. */
const NAMES_OWN = /^Mutation\.(createChoice|applyChoiceChanges)\b/;

/** One attempt per root field, per place in its arguments that takes an id, a key or a cursor, and per foreign value. */
export function listAttempts(schema: GraphQLSchema, foreign: ForeignValues): Attempt[] {
  const roots = [schema.getQueryType()!, schema.getMutationType()!];
  const attempts = roots.flatMap((root) =>
    Object.values(root.getFields()).flatMap((field) => {
      const places = field.args.flatMap((argument) =>
        findPlaces(`${root.name}.${field.name}(${argument.name}:)`, [argument.name], argument, foreign, new Set()),
      );
      const kind = root === schema.getMutationType() ? 'mutation' : 'query';
      const plain = { target: `${root.name}.${field.name}`, ...write(schema, kind, field, [], undefined) };
      return [
        plain,
        ...places.flatMap(({ target, path, values }) => values.map((value) => ({ target, ...write(schema, kind, field, path, value) }))),
      ];
    }),
  );
  // No two name a new choice alike.
  return attempts.map((attempt, n) => ({
    ...attempt,
    namesOwn: NAMES_OWN.test(attempt.target),
    variables: JSON.parse(JSON.stringify(attempt.variables), (_, given: unknown) => (given === HARMLESS_TEXT ? `x${n}` : given)) as object,
  })) as Attempt[];
}

interface Place {
  readonly target: string;
  readonly path: readonly string[];
  readonly values: readonly unknown[];
}

function findPlaces(
  target: string,
  path: readonly string[],
  member: GraphQLArgument | GraphQLInputField,
  foreign: ForeignValues,
  seen: ReadonlySet<unknown>,
  parent?: string,
): Place[] {
  const type = getNamedType(member.type);
  const wrap = (value: unknown) => (isList(member.type) ? [value] : value);
  if (isInputObjectType(type)) {
    if (seen.has(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      findPlaces(`${target}.${field.name}`, [...path, field.name], field, foreign, new Set([...seen, type]), type.name),
    );
  }
  if (isScalarType(type) && type.name === 'ID') {
    const kind = parent !== undefined && member.name === 'id' && OF_CHOICES.test(parent) ? 'choices' : ID_MEMBERS[member.name];
    if (kind === undefined) throw new Error(`${target} takes an ID of a kind that this test does not know`);
    return [{ target, path, values: foreign[kind].map(wrap) }];
  }
  if (isScalarType(type) && type.name === 'String') {
    if (CURSORS.has(member.name)) return [{ target, path, values: foreign.cursors }];
    return [{ target, path, values: foreign.keys.map(wrap) }];
  }
  return [];
}

/** The operation: what is required is filled with something harmless, the place with the foreign value, and all is selected. */
function write(schema: GraphQLSchema, kind: string, field: GraphQLField<unknown, unknown>, path: readonly string[], value: unknown) {
  const given = field.args.filter((argument) => isNonNullType(argument.type) || argument.name === path[0]);
  const variables = Object.fromEntries(
    given.map((argument) => [argument.name, fill(argument, path[0] === argument.name ? path.slice(1) : undefined, value)]),
  );
  const declared = given.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const passed = given.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  return {
    query: `${kind} ${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${select(schema, field.type, 0)} }`,
    variables,
  };
}

const HARMLESS_TEXT = 'x';
const HARMLESS: Readonly<Record<string, unknown>> = { Int: 1, Float: 1, Boolean: true };

function fill(member: GraphQLArgument | GraphQLInputField, path: readonly string[] | undefined, value: unknown): unknown {
  if (path?.length === 0) return value;
  const type = getNamedType(member.type);
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return HARMLESS[type.name] ?? HARMLESS_TEXT;
  // Of a list of changes one is made, of those that are one of several the first.
  const fields = Object.values(type.getFields());
  const needed = type.isOneOf && path === undefined ? fields.slice(0, 1) : fields.filter((field) => isNonNullType(field.type));
  const members = [...new Set([...needed, ...fields.filter((field) => field.name === path?.[0])])];
  const filled = Object.fromEntries(
    members.map((field) => [field.name, fill(field, field.name === path?.[0] ? path.slice(1) : undefined, value)]),
  );
  return isList(member.type) ? [filled] : filled;
}

const DEEPEST = 4;

/** Every member that needs no argument, some levels down. */
function select(schema: GraphQLSchema, output: GraphQLOutputType, depth: number): string {
  const type = getNamedType(output);
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  if (depth === DEEPEST) return '{ __typename }';
  const members = Object.values(type.getFields()).filter((field) => field.args.every((argument) => !isNonNullType(argument.type)));
  return `{ __typename ${members.map((field) => `${field.name} ${select(schema, field.type, depth + 1)}`).join(' ')} }`;
}

function isList(type: GraphQLInputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}
