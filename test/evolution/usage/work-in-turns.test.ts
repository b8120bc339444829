import { expect, test } from '@jest/globals';
import { workInTurns } from '../../../src/evolution/usage/work-in-turns.ts';

test('others have their turn after some items, and results stay in order', async () => {
  let turn = 0;
  const takeTurns = () => {
    turn += 1;
    if (turn < 100) setImmediate(takeTurns);
  };
  setImmediate(takeTurns);
  const items = Array.from({ length: 12 }, (_, index) => index);
  const worked = await workInTurns(items, 5, (item) => (item === 1 ? [] : [{ item, turn }]));
  expect(worked.map(({ item }) => item)).toEqual(items.filter((item) => item !== 1));
  const ofTurns = [...Map.groupBy(worked, (each) => each.turn).values()].map((each) => each.map(({ item }) => item));
  expect(ofTurns).toEqual([
    [0, 2, 3, 4],
    [5, 6, 7, 8, 9],
    [10, 11],
  ]);
});
