import { expect, test } from '@jest/globals';
import { holdRules } from '../../src/choice/hold-rules.ts';
import type { RulesSource } from '../../src/choice/rules-source.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

/** Gives each lease rules of a revision of its own; odd ones read the refs alone. */
function createCountingSource() {
  const open = new Set<number>();
  let revision = 0;
  const source: RulesSource = {
    begin: async () => {
      const own = ++revision;
      open.add(own);
      const rules = { revision: own, storage: () => 'column' as const, readsRefAlone: () => own % 2 === 1 };
      return { rules, end: () => void open.delete(own) };
    },
  };
  return { source, open };
}

test('rules are held from the beginning to the end', async () => {
  const { source, open } = createCountingSource();
  const { rules, end } = await holdRules(source);
  expect([rules.revision, rules.readsRefAlone(FIELD, 'a'), rules.storage(FIELD)]).toEqual([1, true, 'column']);
  expect([...open]).toEqual([1]);
  end();
  end();
  expect([...open]).toEqual([]);
});

test('while work is done aside none are held, and afterwards the rules of then', async () => {
  const { source, open } = createCountingSource();
  const { rules, aside, end } = await holdRules(source);
  expect(await aside(async () => [...open])).toEqual([]);
  expect([...open]).toEqual([2]);
  expect([rules.revision, rules.readsRefAlone(FIELD, 'a')]).toEqual([2, false]);
  await expect(aside(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect([...open]).toEqual([3]);
  end();
  expect([...open]).toEqual([]);
});

test('a request that ends while work is done aside leaves none behind', async () => {
  const { source, open } = createCountingSource();
  const { aside, end } = await holdRules(source);
  await aside(async () => end());
  expect([...open]).toEqual([]);
});

test('what the work came to is answered, also where the rules of then cannot be read; whoever asks for them is told why', async () => {
  const { source, open } = createCountingSource();
  const reachable = { begin: source.begin };
  const { rules, aside, end } = await holdRules({ begin: () => reachable.begin() });
  reachable.begin = () => Promise.reject(new Error('the database is gone'));
  expect(await aside(async () => 'committed')).toBe('committed');
  for (const use of [() => rules.revision, () => rules.storage(FIELD), () => rules.readsRefAlone(FIELD, 'a')])
    expect(use).toThrow('the database is gone');
  await expect(aside(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  reachable.begin = source.begin;
  await aside(async () => undefined);
  expect([rules.revision, ...open]).toEqual([2, 2]);
  end();
  expect([...open]).toEqual([]);
});
