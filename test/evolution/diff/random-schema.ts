import fc from 'fast-check';

/** What stands in one place of the SDL. A few places that differ make two schemas as close as two versions are. */
type Places = Readonly<Record<string, string>>;

const outputs = ['String', 'String', 'String!', '[String]', '[String!]', 'Int', 'Color', 'Time', 'A', 'A!'];
const inputs = ['', 'Int', 'Int!', 'Int = 1', 'Int! = 1', 'Int = 2', '[Int]', '[Int!]', 'Color', 'Color = RED', 'Float = 1'];
const notes = ['', '', '@deprecated', '@deprecated(reason: "Old.")'];
const descriptions = ['', '', '"A text."', '"Another."'];

const fields = ['Query.f', 'A.f', 'A.fg', 'B.f', 'B.fg'];
const argumentsOf = [...fields, '@live'];
const places: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    fields.flatMap((field) => [
      [field, ['', ...outputs]],
      [`${field} note`, notes],
      [`${field} text`, descriptions],
    ]),
  ),
  ...Object.fromEntries(
    argumentsOf.flatMap((owner) => [
      [`${owner}(p)`, inputs],
      [`${owner}(pq)`, ['', ...inputs, 'Filter', 'Filter = {}']],
    ]),
  ),
  'Filter.p': inputs,
  'Filter.pq': inputs,
  'Filter.p note': notes,
  'Filter text': descriptions,
  'Filter oneOf': ['', '', '@oneOf'],
  'A joins': ['', 'implements Node'],
  'B joins': ['', 'implements Node'],
  'Any members': ['A', 'B', 'A | B'],
  'Color.GREEN': ['', 'GREEN', 'GREEN @deprecated'],
  'Color.GREENISH': ['', 'GREENISH', '"A text." GREENISH'],
  'Time url': ['', '@specifiedBy(url: "https://a.example")', '@specifiedBy(url: "https://b.example")'],
  'live repeatable': ['', 'repeatable'],
  'live on': ['', 'FIELD', 'QUERY', 'FIELD | QUERY', 'OBJECT', 'FIELD | OBJECT'],
  mutation: ['', 'type Mutation { ok: Int }'],
};

const filled: fc.Arbitrary<Places> = fc.record(
  Object.fromEntries(Object.entries(places).map(([place, texts]) => [place, fc.constantFrom(...texts)])),
);

/** SDL that differs in up to `count` places. Not every schema is valid. */
export function randomPair(count: number): fc.Arbitrary<readonly [older: string, newer: string]> {
  return fc
    .tuple(filled, filled, fc.subarray(Object.keys(places), { minLength: 1, maxLength: count }))
    .map(([older, other, changed]) => [
      write(older),
      write({ ...older, ...Object.fromEntries(changed.map((place) => [place, other[place]!])) }),
    ]);
}

function write(at: Places): string {
  const input = (place: string, name: string): string => (at[place] === '' ? '' : `${name}: ${at[place]} ${at[`${place} note`] ?? ''}`);
  const argumentList = (owner: string): string => {
    const list = `${input(`${owner}(p)`, 'p')} ${input(`${owner}(pq)`, 'pq')}`.trim();
    return list === '' ? '' : `(${list})`;
  };
  const field = (place: string): string =>
    at[place] === '' ? '' : `${at[`${place} text`]} ${place.split('.')[1]}${argumentList(place)}: ${at[place]} ${at[`${place} note`]}`;
  return `
    type Query { node: Node any: Any a: A b: B ${field('Query.f')} }
    ${at.mutation}
    interface Node { id: ID }
    union Any = ${at['Any members']}
    type A ${at['A joins']} { id: ID ${field('A.f')} ${field('A.fg')} }
    type B ${at['B joins']} { id: ID ${field('B.f')} ${field('B.fg')} }
    enum Color { RED ${at['Color.GREEN']} ${at['Color.GREENISH']} }
    ${at['Filter text']} input Filter ${at['Filter oneOf']} { key: ID ${input('Filter.p', 'p')} ${input('Filter.pq', 'pq')} }
    scalar Time ${at['Time url']}
    ${at['live on'] === '' ? '' : `directive @live${argumentList('@live')} ${at['live repeatable']} on ${at['live on']}`}`;
}
