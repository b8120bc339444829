import { distance } from 'fastest-levenshtein';
import { labelKey } from './label-key.ts';

/** A choice as far as a suggestion needs it. */
export interface Suggestible {
  readonly key: string;
  readonly label: string;
}

const MOST_SUGGESTIONS = 3;
/** Edits per character up to which two words are near: one in four. */
const NEAR = 0.25;

/**
 * The keys of choices that an unmapped value may have meant, best first, at most three.
 * A suggestion is only that: exact bytes map, everything else somebody has to accept.
 */
export function suggestKeys(value: string, choices: readonly Suggestible[]): string[] {
  const wanted = squash(value);
  if (wanted === '') return [];
  return choices
    .map((choice) => ({ key: choice.key, rank: Math.min(rank(wanted, squash(choice.key)), rank(wanted, squash(choice.label))) }))
    .filter((candidate) => candidate.rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_SUGGESTIONS)
    .map((candidate) => candidate.key);
}

/** 0 for the same letters and digits, below 1 for a few edits, 1 where one is the beginning of the other. */
function rank(wanted: string, offered: string): number {
  if (wanted === offered) return 0;
  const edits = distance(wanted, offered) / Math.max(wanted.length, offered.length);
  if (edits <= NEAR) return edits;
  const shorter = Math.min(wanted.length, offered.length);
  return shorter >= 3 && (wanted.startsWith(offered) || offered.startsWith(wanted)) ? 1 : Infinity;
}

function squash(text: string): string {
  return labelKey(text)
    .normalize('NFD')
    .replace(/[^\p{Letter}\p{Number}]/gu, '');
}
