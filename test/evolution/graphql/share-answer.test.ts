import { expect, test } from '@jest/globals';
import { shareAnswers } from '../../../src/evolution/graphql/share-answer.ts';

/** A question that takes as long as the test says. */
function useQuestion() {
  let time = 1_000;
  const open: PromiseWithResolvers<string>[] = [];
  const ask = shareAnswers(
    (_: string) => {
      open.push(Promise.withResolvers<string>());
      return open.at(-1)!.promise;
    },
    () => time,
  );
  return { ask, open, pass: (milliseconds: number) => void (time += milliseconds) };
}

test('all who ask meanwhile get one answer, and it is kept for ten times as long as it took', async () => {
  const { ask, open, pass } = useQuestion();
  const asked = [ask('all'), ask('all')];
  pass(200);
  asked.push(ask('all'));
  open[0]!.resolve('first');
  expect(await Promise.all(asked)).toEqual(['first', 'first', 'first']);
  pass(1_999);
  expect(await ask('all')).toBe('first');
  expect(open).toHaveLength(1);
  pass(1);
  const again = ask('all');
  expect(open).toHaveLength(2);
  open[1]!.resolve('second');
  expect(await again).toBe('second');
});

test('a failure is kept from nobody who waited for it, and for nobody else', async () => {
  const { ask, open } = useQuestion();
  const asked = [ask('all'), ask('all')];
  open[0]!.reject(new Error('the database is away'));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = ask('all');
  open[1]!.resolve('second');
  expect(await again).toBe('second');
});

test('each question has an answer of its own', async () => {
  const { ask, open } = useQuestion();
  const asked = [ask('acme'), ask('globex'), ask('acme')];
  open[0]!.resolve('of acme');
  open[1]!.resolve('of globex');
  expect(await Promise.all(asked)).toEqual(['of acme', 'of globex', 'of acme']);
  expect(open).toHaveLength(2);
});
