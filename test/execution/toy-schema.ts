import { buildSchema, type GraphQLSchema, GraphQLError, type GraphQLObjectType, type GraphQLResolveInfo, GraphQLScalarType } from 'graphql';

/** A call of a resolver, of what tells types, or of a method of a source. */
export interface Call {
  readonly of: string;
  readonly source: unknown;
  readonly args: unknown;
  readonly path: string;
  readonly field: string;
  readonly variables: unknown;
  readonly nodes: number;
}

/** How a resolver behaves: decided by whoever makes the schema, by the field's coordinate. */
export type Behaviour = (coordinate: string, path: string) => unknown;

const SDL = /* GraphQL */ `
  directive @noted(with: String) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
  scalar Odd
  enum Colour {
    RED
    GREEN
  }
  input Range {
    from: Int = 1
    to: Int
    names: [String!]
    inner: Range
  }
  input OneOf @oneOf {
    id: ID
    name: String
  }
  interface Node {
    id: ID!
    name: String
    parent: Node
  }
  type Leaf implements Node {
    id: ID!
    name: String
    parent: Node
    colour: Colour
    odd: Odd
    required: String!
  }
  type Branch implements Node {
    id: ID!
    name: String
    parent: Node
    leaves(first: Int! = 2, range: Range): [Leaf!]!
    mixed: [Node]
    grid: [[Int!]]
    strict: [[Leaf!]!]!
    method(a: Int = 3): String
  }
  union Thing = Leaf | Branch
  type Query {
    node(id: ID, colour: Colour = RED, ids: [ID!] = ["a"], oneOf: OneOf): Node
    leaf(range: Range): Leaf
    branch: Branch
    must: Branch!
    things: [Thing!]
    nodes(count: Int! = 2): [Node]!
    text(list: [Int], required: Int!): String
    counts: [Int!]
    odd: Odd!
    self: Query
  }
  type Mutation {
    do(what: String): Query
  }
`;

/** A schema whose every resolver tells of its calls. Sources are plain; what `behave` answers takes their place where it is not undefined. */
export function createToySchema(calls: Call[], behave: Behaviour = () => undefined): GraphQLSchema {
  const schema = buildSchema(SDL);
  const note = (of: string, source: unknown, args: unknown, info: GraphQLResolveInfo) => {
    const path = pathText(info.path);
    calls.push({
      of,
      source: typeof source,
      args,
      path,
      field: `${info.parentType.name}.${info.fieldName}:${String(info.returnType)}`,
      variables: { ...info.variableValues },
      nodes: info.fieldNodes.length,
    });
    return path;
  };
  Object.assign(schema.getType('Odd') as GraphQLScalarType, {
    serialize: (value: unknown) => {
      if (value === 'refused') throw new GraphQLError('It is refused', { extensions: { code: 'REFUSED' } });
      return value === 'nothing' ? undefined : `odd ${String(value)}`;
    },
  });
  for (const name of ['Query', 'Mutation', 'Leaf', 'Branch']) {
    for (const field of Object.values((schema.getType(name) as GraphQLObjectType).getFields())) {
      const coordinate = `${name}.${field.name}`;
      if (READ_BY_NAME.has(coordinate)) continue;
      field.resolve = (source, args, _context, info: GraphQLResolveInfo) => {
        const path = note(coordinate, source, args, info);
        const behaviour = behave(coordinate, path);
        return behaviour === undefined ? DEFAULTS[coordinate]?.(source as never) : behaviour;
      };
    }
  }
  return schema;
}

/** What no resolver is there for. */
const READ_BY_NAME: ReadonlySet<string> = new Set(['Leaf.name', 'Leaf.colour', 'Branch.name', 'Branch.method', 'Branch.id']);

const leaf = (id: string) => ({ __typename: 'Leaf', id, name: `leaf ${id}`, colour: 'GREEN' });
const branch = (id: string) => ({
  __typename: 'Branch',
  id,
  name: `branch ${id}`,
  method(this: { id: string }, args: { a: number }, _context: unknown, info: GraphQLResolveInfo) {
    return `${this.id} ${args.a} ${pathText(info.path)}`;
  },
});
const DEFAULTS: Readonly<Record<string, (source: { id: string }) => unknown>> = {
  'Query.node': () => branch('n'),
  'Query.leaf': () => leaf('l'),
  'Query.branch': () => branch('b'),
  'Query.must': () => Promise.resolve(branch('m')),
  'Query.things': () => [leaf('t1'), branch('t2'), Promise.resolve(leaf('t3'))],
  'Query.nodes': () => new Set([branch('s1'), leaf('s2'), null]),
  'Query.text': () => 'text',
  'Query.counts': () => [1, Promise.resolve(2), 3],
  'Query.odd': () => 1,
  'Query.self': () => ({}),
  'Mutation.do': () => ({}),
  'Leaf.id': ({ id }) => id,
  'Leaf.parent': () => Promise.resolve(branch('p')),
  'Leaf.odd': () => 'x',
  'Leaf.required': () => 'r',
  'Branch.parent': () => null,
  'Branch.leaves': ({ id }) => [leaf(`${id}1`), Promise.resolve(leaf(`${id}2`))],
  'Branch.mixed': ({ id }) => [leaf(`${id}m`), null, branch(`${id}n`)],
  'Branch.grid': () => [[1, 2], null, [3]],
  'Branch.strict': ({ id }) => Promise.resolve([[leaf(`${id}s`)]]),
};

export function pathText(path: GraphQLResolveInfo['path'] | undefined): string {
  return path === undefined ? '' : `${pathText(path.prev)}/${path.key}${path.typename === undefined ? '' : `:${path.typename}`}`;
}

/** The same number of 32 bits for the same text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
