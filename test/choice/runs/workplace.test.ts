import { expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createWorkplace, type WorkKind, type Workplace } from '../../../src/choice/runs/workplace.ts';
import type { Sql } from '../../../src/database/owner-database.ts';

/** Work that ends when it is told to, and what has begun. */
function askFor(workplace: Workplace, kind: WorkKind) {
  const end = Promise.withResolvers<string>();
  const work = { begun: false, end, answer: Promise.resolve('') };
  work.answer = workplace.work(kind, () => {
    work.begun = true;
    return end.promise;
  });
  return work;
}

test('two of a kind at once, the others in their order; work that fails gives its room to the next', async () => {
  const workplace = createWorkplace({} as Sql);
  const works = Array.from({ length: 4 }, () => askFor(workplace, 'migrate'));
  const [first, second] = works;
  const begun = async () => {
    await nextTurn();
    return works.map((work) => work.begun);
  };
  expect(await begun()).toEqual([true, true, false, false]);
  second!.end.reject(new Error('it failed'));
  await expect(second!.answer).rejects.toThrow('it failed');
  expect(await begun()).toEqual([true, true, true, false]);
  first!.end.resolve('done');
  expect(await first!.answer).toBe('done');
  expect(await begun()).toEqual([true, true, true, true]);
});

test('a kind whose room is taken holds up no other', async () => {
  const workplace = createWorkplace({} as Sql);
  for (let count = 0; count < 3; count += 1) askFor(workplace, 'migrate');
  expect((['verify', 'prefer', 'rollback', 'dryRun', 'map'] as const).map((kind) => askFor(workplace, kind).begun)).toEqual(
    Array(5).fill(true),
  );
});
