import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { NO_HASH } from '../../../src/choice/audit/chain-head.ts';
import { type ChainEntry, createChainWalk } from '../../../src/choice/audit/chain-walk.ts';

const hashOf = (previous: string, payload: string) => createHash('sha256').update(previous, 'hex').update(payload).digest('hex');
const entry = (sequence: number, previous: string, text: string): ChainEntry => {
  const payload = `[null, ${sequence}, ${JSON.stringify(text)}]`;
  return { sequence, payload, previous, hash: hashOf(previous, payload) };
};

function chain(length: number): ChainEntry[] {
  const entries: ChainEntry[] = [];
  for (let sequence = 1; sequence <= length; sequence += 1)
    entries.push(entry(sequence, entries.at(-1)?.hash ?? NO_HASH, `change ${sequence}`));
  return entries;
}

function walk(entries: readonly ChainEntry[], head = chain(5).at(-1)!) {
  const walked = createChainWalk(head);
  for (const each of entries) {
    const fault = walked.step(each);
    if (fault !== undefined) return `${fault.code} ${fault.sequence}`;
  }
  const fault = walked.end();
  return fault === undefined ? 'as it was written' : `${fault.code} ${fault.sequence}`;
}

const renumber = (each: ChainEntry, sequence: number): ChainEntry => ({
  ...each,
  sequence,
  payload: each.payload.replace(/, \d+,/, `, ${sequence},`),
});

test('a chain is as it was written, an empty one too', () => {
  expect(walk(chain(5))).toBe('as it was written');
  expect(walk([], { sequence: 0, hash: NO_HASH, payload: '', previous: '' })).toBe('as it was written');
});

describe.each([1, 2, 3, 4, 5])('entry %i of five', (at) => {
  const entries = chain(5);
  const [before, own, after] = [entries.slice(0, at - 1), entries[at - 1]!, entries.slice(at)];
  const forged = entry(at, own.previous, 'another');

  test('that was altered, with its hash, the link behind it or without', () => {
    expect(walk([...before, { ...own, payload: forged.payload }, ...after])).toBe(`ALTERED ${at}`);
    expect(walk([...before, forged, ...after])).toBe(`ALTERED ${at}`);
    expect(walk([...before, { ...own, hash: NO_HASH }, ...after])).toBe(`ALTERED ${at}`);
    expect(walk([...before, { ...own, previous: own.hash }, ...after])).toBe(`ALTERED ${at}`);
    expect(walk([...before, entry(at, own.hash, 'another'), ...after])).toBe(`ALTERED ${at}`);
  });

  test('that was taken away, the others as they were or numbered anew', () => {
    expect(walk([...before, ...after])).toBe(`MISSING ${at}`);
    expect(walk([...before, ...after.map((each) => renumber(each, each.sequence - 1))])).toBe(`MISSING ${at}`);
    expect(walk([...before])).toBe(`MISSING ${at}`);
  });

  test('that was put in, well linked, badly linked or with no hash of its own', () => {
    const rest = [own, ...after].map((each) => renumber(each, each.sequence + 1));
    for (const put of [forged, entry(at, own.hash, 'another'), { ...forged, hash: NO_HASH }])
      expect(walk([...before, put, ...rest])).toBe(`INSERTED ${at}`);
  });
});

test('an entry behind the head, or before the first', () => {
  expect(walk(chain(6))).toBe('INSERTED 6');
  expect(walk([entry(0, NO_HASH, 'x'), ...chain(5)])).toBe('INSERTED 0');
  expect(walk(chain(3), { sequence: 0, hash: NO_HASH, payload: '', previous: '' })).toBe('INSERTED 1');
});
