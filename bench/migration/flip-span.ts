import type { TimedStatement } from './statement-clock.ts';

/** Changes a phase, or what servers are told of where strings are. */
const SWITCHES =
  /UPDATE choice_(?:field|tenant)_state\s+SET\s+(?:phase|storage|populates_new_tenants)\b|DELETE FROM choice_(?:field|tenant)_state\b/;
/** A lock that keeps writers out. */
const TAKES_LOCK = /\bLOCK TABLE \S+ IN (?:SHARE ROW|ACCESS) EXCLUSIVE MODE\b/;
/** A transaction is committed by a statement of its own, or by the end of its one message. */
const COMMITS = /\bCOMMIT$/i;

/**
 * How long a step took to switch: from the first statement that changes a phase, or what servers are told of where strings are,
 * until the last such change is committed. Tries that missed a lock are in it; what was prepared before, and cleaned up after, is
 * not.
 */
export function measureFlip(statements: readonly TimedStatement[]): number {
  const first = statements.find(({ text }) => SWITCHES.test(text));
  const last = statements.findLastIndex(({ text }) => SWITCHES.test(text));
  const commit = statements.slice(last).find(({ text }) => COMMITS.test(text));
  if (!first || !commit) throw new Error('expected a step that changes a phase and commits it, got none');
  return commit.end - first.start;
}

/** The longest message that kept the writers of a table out, the wait for its lock included; undefined: none did. */
export function measureLongestLock(statements: readonly TimedStatement[]): number | undefined {
  const locks = statements.filter(({ text }) => TAKES_LOCK.test(text)).map(({ start, end }) => end - start);
  return locks.length > 0 ? Math.max(...locks) : undefined;
}
