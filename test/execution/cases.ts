/** Operations and what they are sent with, each for something that an executor could do otherwise. */
export const cases: readonly (readonly [what: string, operation: string, ...variables: Record<string, unknown>[]])[] = [
  ['scalars, in the order of the selection', '{ branch { name id } leaf { id name colour } }'],
  ['aliases, also those of an object’s own', '{ branch { constructor: id toString: name then: id hasOwnProperty: name } }'],
  ['an alias that is the name of the prototype', '{ leaf { __proto__: id name } __proto__: branch { id } }'],
  [
    '__typename of objects, interfaces and unions',
    '{ __typename node { __typename id } things { __typename ... on Leaf { id } ... on Branch { name } } }',
  ],
  [
    'introspection',
    '{ __schema { queryType { name fields { name args { name defaultValue } } } } __type(name: "Leaf") { name interfaces { name } } }',
  ],
  [
    'fields that are selected twice',
    '{ branch { leaves { id } } branch { leaves { name } name } ...More } fragment More on Query { branch { leaves { odd } } }',
  ],
  [
    'fragments on interfaces, objects and unions',
    '{ nodes { ...A ... on Leaf { colour } ... on Branch { grid } } things { ... on Node { name } } } fragment A on Node { id ... on Node { name } }',
  ],
  ['a fragment twice', '{ leaf { ...A } branch { leaves { ...A ...A } } } fragment A on Leaf { id name }'],
  ['lists of lists', '{ branch { grid strict { id } mixed { id } } counts }'],
  ['a method', '{ branch { method other: method(a: 5) third: method(a: null) } }'],
  [
    'arguments with and without defaults',
    '{ branch { leaves { id } a: leaves(first: 7) { id } b: leaves(range: { to: 3 }) { id } c: leaves(range: null) { id } } node { id } n: node(colour: GREEN, ids: "x") { id } }',
  ],
  ['one of several', '{ node(oneOf: { name: "x" }) { id } other: node(oneOf: { id: 3 }) { id } }'],
  [
    'variables in arguments: given, absent, null',
    'query ($first: Int = 4, $range: Range, $id: ID) { branch { leaves(first: $first, range: $range) { id } } node(id: $id) { id } }',
    {},
    { first: 9, range: { from: 2, names: ['a'], inner: { to: 1 } }, id: 'x' },
    { range: null, id: null },
    { first: null },
  ],
  [
    'variables inside of literals: given, absent, null',
    'query ($to: Int, $name: String = "n", $ids: ID) { leaf(range: { to: $to, names: [$name], inner: { from: $to } }) { id } text(list: [$to, 1], required: 1) node(ids: [$ids]) { id } }'.replace(
      '$ids: ID',
      '$ids: ID!',
    ),
    { ids: 'a' },
    { to: 5, ids: 'b' },
    { to: null, name: null, ids: 'c' },
    {},
  ],
  [
    'a variable in an object that stands for a list',
    'query ($n: Int) { text(list: $n, required: 2) }'.replace('$n: Int', '$n: [Int]'),
    { n: 1 },
    { n: [1, null] },
    {},
  ],
  ['a nullable variable where nothing may be null', 'query ($n: Int = 1) { text(required: $n) }', {}, { n: 2 }, { n: null }],
  ['a variable of a wrong type', 'query ($n: Int!) { text(required: $n) }', { n: 'x' }, {}, { n: null }, { n: 2 ** 40 }],
  [
    'fields that directives leave out',
    'query ($yes: Boolean!, $no: Boolean = false) { leaf { id @skip(if: $yes) name @include(if: $yes) odd @skip(if: false) @include(if: $no) } ...A @include(if: $no) ... @skip(if: $yes) { counts } } fragment A on Query { branch { id @skip(if: $no) } }',
    { yes: true },
    { yes: false },
    { yes: true, no: true },
    { yes: false, no: true },
    { yes: true, no: null },
    { yes: true },
  ],
  [
    'a directive that has no value',
    'query ($no: Boolean = true) { leaf { id name @skip(if: $no) } counts }',
    { no: null },
    {},
    { no: false },
  ],
  ['a root field whose directive has no value', 'query ($no: Boolean = true) { counts @skip(if: $no) }', { no: null }, {}],
  [
    'a field left out here and selected there',
    'query ($a: Boolean!) { leaf @skip(if: $a) { id } ... on Query { leaf { name } } }',
    { a: true },
    { a: false },
  ],
  ['another directive', 'query ($w: String) { leaf { id @noted(with: $w) name @noted } }', { w: 'a' }, {}],
  ['a mutation', 'mutation { a: do { counts } b: do(what: "x") { self { counts } } }'],
  ['nothing of a list', '{ branch { mixed { parent { id } } } }'],
];

const EVERYTHING = `{
  node { id parent { id } }
  things { ... on Leaf { id required parent { id } } ... on Branch { id leaves { id required } } }
  must { strict { id required } leaves { id } }
  counts odd
  leaf { id required odd parent { id ... on Branch { grid mixed { id } leaves { required } strict { parent { name } } } } }
}`;

/** What resolvers answer instead, and an operation that meets it. */
export const behaviours: readonly (readonly [what: string, coordinate: string, answer: () => unknown, operation: string])[] = [
  ...(
    [
      ['null', () => null],
      ['an error', () => new Error('answered')],
      ['what is thrown', () => fail(new Error('thrown'))],
      ['what is thrown and is no error', () => fail('a text')],
      ['a rejection', () => reject('rejected')],
      ['a promise of an error', () => Promise.resolve(new Error('promised'))],
      ['a promise of null', () => Promise.resolve(null)],
      ['a number', () => 7],
      ['a text', () => 'seven'],
      ['a list', () => [1, null, 'x', new Error('in a list'), reject('rejected in a list')]],
      [
        'a generator',
        () =>
          (function* () {
            yield 1;
            yield fail(new Error('while it is gone through'));
          })(),
      ],
      ['a thenable', () => ({ then: (resolve: (value: unknown) => void) => resolve('then') })],
      ['an object of no type', () => ({ id: 'x' })],
      ['an object of another type', () => ({ __typename: 'Leaf', id: 'x' })],
      ['an object of an unknown type', () => ({ __typename: 'Unknown', id: 'x' })],
      ['a refused scalar', () => 'refused'],
      ['a scalar that is nothing', () => 'nothing'],
    ] as const
  ).flatMap(([what, answer]) =>
    [
      'Query.node',
      'Query.things',
      'Query.counts',
      'Query.odd',
      'Query.must',
      'Query.leaf',
      'Leaf.required',
      'Leaf.id',
      'Branch.leaves',
      'Branch.grid',
      'Branch.strict',
      'Branch.mixed',
      'Leaf.parent',
    ].map((coordinate) => [`${what} of ${coordinate}`, coordinate, answer, EVERYTHING] as const),
  ),
];

function fail(error: unknown): never {
  throw error;
}

/** Also where nobody looks at it. */
function reject(message: string): Promise<never> {
  const rejected = Promise.reject<never>(new Error(message));
  rejected.catch(() => undefined);
  return rejected;
}
