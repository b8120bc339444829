import type { Blocker } from '../../errors.ts';
import { escapeHidden } from './escape-hidden.ts';

/** What keeps a step from being done, one line each; empty where nothing does. */
export function describeBlockers(blockers: readonly Blocker[]): string {
  if (blockers.length === 0) return '';
  return ['Blocked:', ...blockers.map((blocker) => `  ${blocker.code}: ${escapeHidden(blocker.message)}`)].join('\n');
}
