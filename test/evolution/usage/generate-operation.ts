import {
  doTypesOverlap,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  GraphQLNonNull,
} from 'graphql';
import type { GraphQLArgument, GraphQLCompositeType, GraphQLInputField, GraphQLInputType, GraphQLSchema } from 'graphql';

/** Picks a whole number from 0 to `most`. */
export type Pick = (most: number) => number;

export interface GeneratedOperation {
  readonly document: string;
  readonly variables: Record<string, unknown>;
}

/** A value as a document states it, and as variables carry it. */
interface Value {
  readonly literal: string;
  readonly json: unknown;
}

const DEEPEST = 4;

/** A valid query with everything that a query may use: fragments within fragments, aliases, literals, variables with defaults or absent. */
export function generateOperation(schema: GraphQLSchema, pick: Pick): GeneratedOperation {
  const fragments: {
    readonly name: string;
    readonly type: GraphQLCompositeType;
    readonly body: string;
    readonly needs: ReadonlySet<string>;
  }[] = [];
  const declarations = new Map<string, string>();
  const variables: Record<string, unknown> = {};
  let aliases = 0;
  /** Variables that what is being written takes. */
  let needs = new Set<string>();

  const body = select(schema.getQueryType()!, 0);
  const declared = [...needs].map((name) => declarations.get(name));
  const head = declared.length === 0 ? 'query' : `query (${declared.join(', ')})`;
  for (const name of Object.keys(variables)) if (!needs.has(name)) delete variables[name];
  const reached = new Set<string>();
  reach(body);
  const definitions = fragments
    .filter(({ name }) => reached.has(name))
    .map(({ name, type, body }) => `fragment ${name} on ${type.name} ${body}`);
  return { document: [`${head} ${body}`, ...definitions].join('\n'), variables };

  function reach(text: string): void {
    for (const [, name] of text.matchAll(/\.\.\.(F\d+)/g)) {
      if (reached.has(name!)) continue;
      reached.add(name!);
      reach(fragments.find((fragment) => fragment.name === name)!.body);
    }
  }

  function chance(oneIn: number): boolean {
    return pick(oneIn - 1) === 0;
  }

  function choose<T>(items: readonly T[]): T {
    return items[pick(items.length - 1)]!;
  }

  function select(type: GraphQLCompositeType, depth: number): string {
    const selections = Array.from({ length: 1 + pick(3) }, () => selectOne(type, depth));
    return `{ ${selections.join(' ')} }`;
  }

  function selectOne(type: GraphQLCompositeType, depth: number): string {
    const kind = pick(5);
    if (kind === 0 || depth >= DEEPEST) return '__typename';
    if (kind === 1) {
      const known = fragments.filter((fragment) => doTypesOverlap(schema, fragment.type, type));
      if (known.length > 0 && chance(2)) {
        const fragment = choose(known);
        fragment.needs.forEach((name) => needs.add(name));
        return `...${fragment.name}${skip()}`;
      }
      return spreadNew(type, depth);
    }
    if (kind === 2 || isUnionType(type)) {
      const condition = chooseCondition(type);
      return `... on ${condition.name}${skip()} ${select(condition, depth + 1)}`;
    }
    const field = choose(Object.values(type.getFields()));
    const given = field.args.filter((argument) => isRequiredArgument(argument) || chance(2));
    const list = given.map((argument) => `${argument.name}: ${place(argument, false)}`).join(', ');
    const answered = getNamedType(field.type);
    const selection = isCompositeType(answered) ? ` ${select(answered, depth + 1)}` : '';
    return `a${++aliases}: ${field.name}${list && `(${list})`}${skip()}${selection}`;
  }

  function spreadNew(type: GraphQLCompositeType, depth: number): string {
    const outer = needs;
    needs = new Set();
    const condition = chooseCondition(type);
    const body = select(condition, depth + 1);
    const name = `F${fragments.length}`;
    fragments.push({ name, type: condition, body, needs });
    needs.forEach((needed) => outer.add(needed));
    needs = outer;
    return `...${name}${skip()}`;
  }

  function chooseCondition(type: GraphQLCompositeType): GraphQLCompositeType {
    const types = Object.values(schema.getTypeMap()).filter(isCompositeType);
    return choose(types.filter((other) => !other.name.startsWith('__') && doTypesOverlap(schema, other, type)));
  }

  function skip(): string {
    return chance(6) ? choose([' @skip(if: true)', ' @include(if: false)', ' @skip(if: false)']) : '';
  }

  /** What is written in a place for a value: a literal, or a variable. */
  function place(definition: GraphQLArgument | GraphQLInputField, isOneOf: boolean): string {
    const type = isOneOf ? new GraphQLNonNull(definition.type) : definition.type;
    if (chance(2)) return write(type, 0, true).literal;
    const lenient = definition.defaultValue !== undefined && isNonNullType(type) && chance(2);
    return declare(lenient ? getNullableType(type) : type, lenient);
  }

  /** A variable: sent, absent, or absent with a default. In a lenient place its absence is fine, but null is not. */
  function declare(type: GraphQLInputType, lenient: boolean): string {
    const name = `v${declarations.size}`;
    const written = (): Value => write(lenient ? new GraphQLNonNull(type) : type, 0, false);
    const withDefault = chance(3);
    declarations.set(name, `$${name}: ${String(type)}${withDefault ? ` = ${written().literal}` : ''}`);
    if ((isNonNullType(type) && !withDefault) || chance(2)) variables[name] = written().json;
    needs.add(name);
    return `$${name}`;
  }

  function write(type: GraphQLInputType, depth: number, mayVary: boolean): Value {
    if (isNonNullType(type)) return writeGiven(type.ofType, depth, mayVary);
    return depth >= DEEPEST || chance(5) ? { literal: 'null', json: null } : writeGiven(type, depth, mayVary);
  }

  function writeGiven(type: GraphQLInputType, depth: number, mayVary: boolean): Value {
    if (isListType(type)) {
      if (chance(3)) return write(new GraphQLNonNull(getNullableType(type.ofType)), depth, false);
      const items = Array.from({ length: pick(depth >= DEEPEST ? 0 : 2) }, () => write(type.ofType, depth + 1, mayVary));
      return { literal: `[${items.map(({ literal }) => literal).join(', ')}]`, json: items.map(({ json }) => json) };
    }
    if (isEnumType(type)) {
      const { name } = choose(type.getValues());
      return { literal: name, json: name };
    }
    if (!isInputObjectType(type)) return { literal: '1', json: 1, ...(type.toString() === 'String' && { literal: '"s"', json: 's' }) };

    const fields = Object.values(type.getFields());
    const given = type.isOneOf ? [choose(fields)] : fields.filter((field) => isRequiredInputField(field) || (depth < DEEPEST && chance(2)));
    const values = given.map((field) => {
      if (mayVary && chance(3)) return { name: field.name, literal: place(field, type.isOneOf), json: null };
      return {
        name: field.name,
        ...write(type.isOneOf ? new GraphQLNonNull(getNullableType(field.type)) : field.type, depth + 1, mayVary),
      };
    });
    return {
      literal: `{ ${values.map(({ name, literal }) => `${name}: ${literal}`).join(', ')} }`,
      json: Object.fromEntries(values.map(({ name, json }) => [name, json])),
    };
  }
}
