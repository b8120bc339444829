import { createHash } from 'node:crypto';
import { type ChainHead, NO_HASH } from './chain-head.ts';

/** An entry as it is stored: its number, all that it says as one text, and its hash with the one before it, in hexadecimal. */
export interface ChainEntry {
  readonly sequence: number;
  readonly payload: string;
  readonly previous: string;
  readonly hash: string;
}

/** What is wrong with a chain, at the first entry that is not as it was written. */
export interface ChainFault {
  readonly code: 'ALTERED' | 'MISSING' | 'INSERTED';
  readonly sequence: number;
  readonly message: string;
}

/** Follows a chain from its first entry. Give it every entry in order; it keeps three of them, however many there are. */
export interface ChainWalk {
  /** The fault that the entries show so far, if any: nothing after it can be trusted. */
  step(entry: ChainEntry): ChainFault | undefined;
  end(): ChainFault | undefined;
}

/** `head`: where the chain ends, by what is kept of it. */
export function createChainWalk(head: ChainHead): ChainWalk {
  let before: ChainEntry | undefined;
  let last: ChainEntry | undefined;
  /** The first entry that does not fit. What follows it tells whether it was altered, or the one before it, or it was put in. */
  let suspect: ChainEntry | undefined;

  return {
    step: (entry) => {
      if (suspect !== undefined) return judge({ before, last, suspect }, entry, entry.previous);
      const expected = (last?.sequence ?? 0) + 1;
      if (entry.sequence < 1) return inserted(entry.sequence, 'begins with 1');
      if (entry.sequence !== expected) return missing(expected, Math.min(entry.sequence - 1, Math.max(head.sequence, expected)));
      if (entry.sequence > head.sequence)
        return last !== undefined && last.hash !== head.hash && isMoved(entry, before)
          ? inserted(last.sequence, ANEW)
          : inserted(entry.sequence, `ends with ${head.sequence}`);
      if (fits(entry, entry.sequence) && entry.previous === (last?.hash ?? NO_HASH)) [before, last] = [last, entry];
      else suspect = entry;
      return undefined;
    },
    end: () => {
      if (suspect !== undefined) return judge({ before, last, suspect }, undefined, head.hash);
      const sequence = last?.sequence ?? 0;
      if (sequence < head.sequence) return missing(sequence + 1, head.sequence);
      return last !== undefined && last.hash !== head.hash ? altered(last) : undefined;
    },
  };
}

interface Suspicion {
  readonly before: ChainEntry | undefined;
  readonly last: ChainEntry | undefined;
  readonly suspect: ChainEntry;
}

/** `link`: the hash that whatever comes next says it follows. */
function judge({ before, last, suspect }: Suspicion, next: ChainEntry | undefined, link: string): ChainFault {
  if (next !== undefined && isMoved(next, last)) return inserted(suspect.sequence, ANEW);
  if (last !== undefined && isMoved(suspect, before)) return inserted(last.sequence, ANEW);
  if (!fits(suspect, suspect.sequence))
    return fits(suspect, suspect.sequence + 1)
      ? missing(suspect.sequence, suspect.sequence, ', and the chain was numbered anew after it')
      : altered(suspect);
  return link === suspect.hash && last !== undefined ? altered(last) : altered(suspect);
}

const ANEW = 'was numbered anew after it';

/** Whether it followed that one under the number before its own. */
function isMoved(entry: ChainEntry, follows: ChainEntry | undefined): boolean {
  return entry.previous === (follows?.hash ?? NO_HASH) && fits(entry, entry.sequence - 1);
}

/** Whether the entry's hash is its own, under that number. */
function fits({ previous, payload, hash }: ChainEntry, sequence: number): boolean {
  return hashOf(previous, renumber(payload, sequence)) === hash;
}

/** The payload of the same entry with another number: its second member. */
function renumber(payload: string, sequence: number): string {
  return payload.replace(/^(\[[^,]*, )\d+/, `$1${sequence}`);
}

function hashOf(previous: string, payload: string): string {
  return createHash('sha256').update(previous, 'hex').update(payload, 'utf8').digest('hex');
}

function altered({ sequence }: ChainEntry): ChainFault {
  return { code: 'ALTERED', sequence, message: `entry ${sequence} is not as it was written` };
}

function missing(from: number, to: number, rest = ''): ChainFault {
  const entries = from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
  return { code: 'MISSING', sequence: from, message: `${entries} missing${rest}` };
}

function inserted(sequence: number, why: string): ChainFault {
  return { code: 'INSERTED', sequence, message: `entry ${sequence} was put in: the chain ${why}` };
}
