import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { orderRows } from '../../../src/choice/csv/order-rows.ts';

/** `a3>1`: the choice a stands at 3 and is wanted at 1; `a3`: it stays; `a>1`: it is to come. */
function order(...choices: string[]): string {
  return orderRows(
    choices.map((choice) => {
      const [, key, position, wanted] = /^([a-z])(\d*)>?(-?\d*)$/.exec(choice)!;
      return { key: key!, position: position ? Number(position) : null, wanted: wanted ? Number(wanted) : null };
    }),
  ).join('');
}

test.each([
  ['nothing is said', ['a1', 'b2', 'c5'], 'abc'],
  ['what stands already is said', ['a1>1', 'b2>2', 'c5>5'], 'abc'],
  ['one moves up', ['a1', 'b2', 'c3', 'd4>2'], 'adbc'],
  ['one moves down', ['a1', 'b2>4', 'c3', 'd4'], 'acdb'],
  ['one moves up where all are said', ['a1>1', 'b2>2', 'c3>3', 'd4>2'], 'adbc'],
  ['two change places', ['a1>3', 'b2>2', 'c3>1'], 'cba'],
  ['two change places in a list with gaps', ['a1>3', 'b3>1', 'c7>7'], 'bac'],
  ['one comes in between', ['a1', 'b2', 'c>2'], 'acb'],
  ['several come, without a place', ['a1', 'b2', 'd>', 'c>'], 'abdc'],
  ['two come at one place', ['a1', 'b2', 'd>1', 'c>1'], 'dcab'],
  ['one goes beyond the end', ['a1>99', 'b2', 'c>50'], 'bca'],
  ['one goes before the beginning', ['a1', 'b2>0'], 'ba'],
  ['two stand at one place', ['a1', 'b1', 'c1>1'], 'abc'],
])('%s', (_, choices, expected) => {
  expect(order(...choices)).toBe(expected);
});

test('a list that is numbered anew stands in the order of its numbers', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }).chain((count) =>
        fc.shuffledSubarray(
          Array.from({ length: count }, (__, at) => at + 1),
          { minLength: count },
        ),
      ),
      (places) => {
        const keys = orderRows(places.map((wanted, at) => ({ key: String(at), position: at + 1, wanted })));
        expect(keys.map((key) => places[Number(key)])).toEqual(places.toSorted((one, other) => one - other));
      },
    ),
  );
});
