import type { Blocker } from '../../errors.ts';
import type { CoordinateUse, RegisteredUse } from '../usage/usage-store.ts';
import type { Deprecation } from '../versions/list-deprecations.ts';

/** Whether a member of the schema may go, and if not, the first reason: in this order, but for SAFE, which is what is left. */
export type Verdict = 'SAFE' | 'IN_USE' | 'DATA_NOT_READY' | 'TOO_EARLY' | 'INSUFFICIENT_EVIDENCE';

/** Answers why the data behind a coordinate is not ready to do without it; none: it is, or there is no data behind it. */
export type DataKey = (coordinate: string) => Promise<readonly Blocker[]>;

/** What is not known well enough, with figures and with what to do. */
export interface EvidenceReason {
  readonly code: 'NEVER_RECORDED' | 'TOO_SHORT' | 'GAPS' | 'LOST' | 'UNNAMED' | 'WRITERS';
  readonly message: string;
}

/** What the removal of a member of the schema needs, each with what was found. It may go when all are `ok`. */
export interface RemovalKeys {
  /** Nobody used it in the window, and no registered document does. */
  readonly clients: {
    readonly ok: boolean;
    /** The latest first. */
    readonly uses: readonly CoordinateUse[];
    /** Of documents that clients may send at any time, used or not. */
    readonly registered: readonly RegisteredUse[];
    /** Clients, each version by itself, of which no more is told. */
    readonly othersUsing: number;
  };
  readonly data: { readonly ok: boolean; readonly blockers: readonly Blocker[] };
  /** `passesOn`: the day, `YYYY-MM-DD` in UTC, from which it may go. */
  readonly calendar: { readonly ok: boolean; readonly passesOn: string };
  readonly evidence: { readonly ok: boolean; readonly reasons: readonly EvidenceReason[] };
}

/** A deprecated member of the schema, and whether it may go. */
export interface RemovalVerdict extends Deprecation {
  readonly verdict: Verdict;
  readonly keys: RemovalKeys;
}

export function decideVerdict({ clients, data, calendar, evidence }: RemovalKeys): Verdict {
  if (!clients.ok) return 'IN_USE';
  if (!data.ok) return 'DATA_NOT_READY';
  if (!calendar.ok) return 'TOO_EARLY';
  return evidence.ok ? 'SAFE' : 'INSUFFICIENT_EVIDENCE';
}
