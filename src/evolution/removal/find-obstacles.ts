import type { RegisteredUse } from '../usage/registered-use.ts';
import type { MemberUse, RemovalKeys } from './verdict.ts';

/** What of the use by clients keeps a member: all of it, unless what is pinned to a version is left there. */
export function findObstacles({ uses, registered, leavePinned }: Omit<RemovalKeys['clients'], 'ok' | 'othersUsing'>): {
  readonly uses: readonly MemberUse[];
  readonly registered: readonly RegisteredUse[];
} {
  if (!leavePinned) return { uses, registered };
  return { uses: uses.filter(({ pinned }) => !pinned), registered: registered.filter(({ pinned }) => !pinned) };
}
