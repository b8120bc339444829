import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';

/** A number from 0 to 1, less than 1. */
export type Random = () => number;

interface Writing {
  readonly schema: GraphQLSchema;
  readonly random: Random;
  /** Name → type and default, as they are declared. */
  readonly variables: Map<string, string>;
  readonly fragments: string[];
  fields: number;
}

/** A query, valid but for the rare one whose fields conflict, and the names of its variables with their types. */
export function writeOperation(
  schema: GraphQLSchema,
  random: Random,
): { readonly text: string; readonly variables: ReadonlyMap<string, string> } {
  const writing: Writing = { schema, random, variables: new Map(), fragments: [], fields: 0 };
  const selections = writeSelections(writing, schema.getQueryType()!, 0);
  const declared = [...writing.variables].map(([name, type]) => `$${name}: ${type}`).join(', ');
  return { text: `query Q${declared && `(${declared})`} ${selections}\n${writing.fragments.join('\n')}`, variables: writing.variables };
}

/** A value for a variable; undefined for none. */
export function writeValue(random: Random, type: string): unknown {
  const chance = random();
  if (chance < 0.15) return undefined;
  if (chance < 0.25) return null;
  if (type.startsWith('Boolean')) return chance < 0.65;
  if (type.startsWith('Range'))
    return pick(random, [{}, { from: 4 }, { to: null, names: 'one' }, { inner: { names: ['a', 'b'] } }, { unknown: 1 }]);
  if (type.startsWith('[')) return pick(random, [[], ['1'], [null], '2']);
  return pick(random, [1, '2', 'RED', 1.5]);
}

function writeSelections(writing: Writing, type: GraphQLCompositeType, depth: number): string {
  const { random, schema } = writing;
  const parts: string[] = ['__typename'];
  const count = 1 + Math.floor(random() * 4);
  for (let n = 0; n < count; n++) {
    const chance = random();
    const narrower = isAbstractType(type) ? [...schema.getPossibleTypes(type), type] : [type];
    if (chance < 0.2 && depth < 5) {
      const condition = pick(random, narrower);
      const selections = writeSelections(writing, condition, depth + 1);
      if (chance < 0.1) parts.push(`... on ${condition.name}${writeDirectives(writing)} ${selections}`);
      else {
        const name = `F${writing.fragments.length}`;
        writing.fragments.push(`fragment ${name} on ${condition.name} ${selections}`);
        parts.push(`...${name}${writeDirectives(writing)}`);
        if (random() < 0.3) parts.push(`...${name}`);
      }
    } else if ('getFields' in type) {
      const field = pick(random, Object.values(type.getFields()));
      parts.push(writeField(writing, type, field, depth));
    }
  }
  return `{ ${parts.join(' ')} }`;
}

function writeField(writing: Writing, type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>, depth: number): string {
  const { random } = writing;
  const named = getNamedType(field.type);
  if (isCompositeType(named) && (depth > 4 || writing.fields > 60)) return '__typename';
  writing.fields += 1;
  const given = field.args.filter((arg) => (isNonNullType(arg.type) ? arg.defaultValue === undefined || random() < 0.5 : random() < 0.5));
  const args = given.map((arg) => `${arg.name}: ${writeArgument(writing, arg)}`).join(', ');
  // Arguments and types differ between fields of one name: each has an alias of its own where it may not be merged.
  const isSimple = field.args.length === 0 && random() < 0.8;
  const alias = isSimple ? '' : `${field.name}_${type.name}_${writing.fields}: `;
  return `${alias}${field.name}${args && `(${args})`}${writeDirectives(writing)}${isCompositeType(named) ? ` ${writeSelections(writing, named, depth + 1)}` : ''}`;
}

function writeDirectives(writing: Writing): string {
  const { random } = writing;
  return ['skip', 'include']
    .filter(() => random() < 0.15)
    .map(
      (name) =>
        ` @${name}(if: ${random() < 0.4 ? String(random() < 0.5) : declare(writing, random() < 0.5 ? 'Boolean!' : `Boolean = ${String(random() < 0.5)}`)})`,
    )
    .join('');
}

function writeArgument(writing: Writing, { type }: GraphQLArgument): string {
  return writing.random() < 0.5 ? writeVariable(writing, type) : writeLiteral(writing, type, 0);
}

function writeVariable(writing: Writing, type: GraphQLInputType): string {
  const text = String(type);
  // With a default, a variable that may be null may stand where nothing may be.
  if (isNonNullType(type) && writing.random() < 0.5)
    return declare(writing, `${String(type.ofType)} = ${writeLiteral({ ...writing, random: () => 0.99 }, type, 9)}`);
  return declare(writing, text);
}

function declare({ variables, random }: Writing, type: string): string {
  const same = [...variables].filter(([, known]) => known === type).map(([name]) => name);
  const name = same.length > 0 && random() < 0.5 ? pick(random, same) : `v${variables.size}`;
  variables.set(name, type);
  return `$${name}`;
}

function writeLiteral(writing: Writing, type: GraphQLInputType, depth: number): string {
  const { random } = writing;
  const nullable = getNullableType(type);
  if (!isNonNullType(type) && random() < 0.15) return 'null';
  if (depth > 0 && depth < 9 && random() < 0.3) return writeVariable(writing, type);
  if (isListType(nullable)) {
    if (random() < 0.4) return writeLiteral(writing, nullable.ofType, depth);
    return `[${Array.from({ length: Math.floor(random() * 3) }, () => writeLiteral(writing, nullable.ofType, depth + 1)).join(', ')}]`;
  }
  if (isEnumType(nullable)) return pick(random, nullable.getValues()).name;
  if (isInputObjectType(nullable)) {
    if (nullable.isOneOf) return '{ name: "x" }';
    const fields = Object.values(nullable.getFields()).filter(() => depth < 3 && random() < 0.5);
    return `{ ${fields.map((field) => `${field.name}: ${writeLiteral(writing, field.type, depth + 1)}`).join(', ')} }`;
  }
  return nullable.name === 'Int' ? String(Math.floor(random() * 10)) : `"${Math.floor(random() * 10)}"`;
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)]!;
}
