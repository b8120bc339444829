import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { orderRows, type RankedChoice } from '../../../src/choice/csv/order-rows.ts';

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
  ['several come to places one after the other', ['a1', 'b2', 'c3', 'x>1', 'y>2', 'z>3'], 'xyzabc'],
  ['several come in another order than that of their places', ['a1', 'b2', 'c3', 'x>4', 'y>3', 'z>2'], 'azyxbc'],
  ['one comes to a place among some that stand at one', ['a1', 'b1', 'c1', 'd>2'], 'adbc'],
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

test('what a sheet moves stands where the sheet says, the others in their order, and nothing moves the second time', () => {
  const list = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      created: fc.integer({ min: 0, max: 4 }),
      places: fc.shuffledSubarray(Array.from({ length: count + 4 }, (_, at) => at + 1)),
    }),
  );
  fc.assert(
    fc.property(list, fc.boolean(), ({ count, created, places }, fromTheTop) => {
      const positions = [...Array.from({ length: count }, (_, at) => at + 1), ...Array.from({ length: created }, () => null)];
      const order = fromTheTop ? places : places.toReversed();
      const choices = positions.map((position, at) => ({ key: String(at), position, wanted: order[at] ?? null }));
      const keys = orderRows(choices);
      expect(keys.toSorted()).toEqual(choices.map(({ key }) => key).toSorted());
      const moves = (choice: RankedChoice) => choice.wanted !== null && choice.wanted !== choice.position;
      const within = choices.filter((choice) => moves(choice) && choice.wanted! <= choices.filter((other) => !moves(other)).length);
      for (const { key, wanted } of within) expect([key, keys.indexOf(key) + 1]).toEqual([key, wanted]);
      const others = choices.filter((choice) => !moves(choice)).map(({ key }) => key);
      expect(keys.filter((key) => others.includes(key))).toEqual(others);
      const again = keys.map((key, at) => ({ ...choices.find((choice) => choice.key === key)!, position: at + 1 }));
      if (choices.every((choice) => moves(choice) || choice.wanted === null)) expect(orderRows(again)).toEqual(keys);
    }),
  );
});
