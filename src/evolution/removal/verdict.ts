import type { Blocker } from '../../errors.ts';
import type { CoverageGap } from '../usage/coverage.ts';
import type { RegisteredUse } from '../usage/registered-use.ts';
import type { CoordinateUse } from '../usage/usage-store.ts';
import type { Deprecation } from '../versions/list-deprecations.ts';

/** Whether a member of the schema may go, and if not, the first reason: in this order, but for SAFE, which is what is left. */
export type Verdict = 'SAFE' | 'IN_USE' | 'DATA_NOT_READY' | 'TOO_EARLY' | 'INSUFFICIENT_EVIDENCE';

/** Answers why the data behind a coordinate is not ready to do without it; none: it is, or there is no data behind it. */
export type DataKey = (coordinate: string) => Promise<readonly Blocker[]>;

/** What is not known well enough, with figures and with what to do. */
export interface EvidenceReason {
  readonly code:
    /** Nothing was ever recorded, or not for the whole window, or counts of a part of it were deleted. */
    | 'NEVER_RECORDED'
    | 'TOO_SHORT'
    | 'PRUNED'
    /** The window is shorter than a removal takes. */
    | 'SHORT_WINDOW'
    /** Recorded was not a single operation. */
    | 'NO_TRAFFIC'
    | 'GAPS'
    /** A server lived, and did not store what it recorded: for however short a time. */
    | 'NOT_STORING'
    | 'LOST'
    | 'UNNAMED'
    /** A registered document may use the member through a variable, and no record says whether it does. */
    | 'REGISTERED_VARIABLES'
    /** It is not known for the whole window who writes the data. */
    | 'WRITERS';
  readonly message: string;
}

/** What is known of the window, whether that is enough or not. */
export interface EvidenceFigures {
  /** How long it is, in seconds, and when it began by the clock of the database. */
  readonly window: number;
  readonly since: Date;
  /** Of the window, 0 to 1: see `measureCoverage`. */
  readonly coveredShare: number;
  readonly operations: number;
  /** Of clients that nobody can name. */
  readonly unnamedOperations: number;
  /** Not kept with all that they used. */
  readonly lostOperations: number;
}

/** How often a client used a member of the schema, and of which tenant it was. */
export interface MemberUse extends CoordinateUse {
  /** Slug of the tenant; null for a platform operator, and for a tenant that is gone. */
  readonly tenant: string | null;
}

/** What the removal of a member of the schema needs, each with what was found. It may go when all are `ok`. */
export interface RemovalKeys {
  /** Nobody used it in the window, and no registered document does. */
  readonly clients: {
    readonly ok: boolean;
    /** The latest first; of those on the path of a version and of the others the latest 1000 each. */
    readonly uses: readonly MemberUse[];
    /** Of documents that clients may send at any time, used or not. */
    readonly registered: readonly RegisteredUse[];
    /** Clients, each version by itself, of which no more is told. */
    readonly othersUsing: number;
    /** Whether what clients do on the path of a version, which keeps the member, is let pass: listed above, and no obstacle. */
    readonly leavePinned: boolean;
  };
  readonly data: { readonly ok: boolean; readonly blockers: readonly Blocker[] };
  /** `passesOn`: the day, `YYYY-MM-DD` in UTC, from which it may go. */
  readonly calendar: { readonly ok: boolean; readonly passesOn: string };
  readonly evidence: {
    readonly ok: boolean;
    readonly reasons: readonly EvidenceReason[];
    readonly figures: EvidenceFigures;
    /** Of documents that may use it through a variable, where no record says whether they do. */
    readonly registered: readonly RegisteredUse[];
    /** Times of which not everything is known, the longest first, those that are put up with included. */
    readonly gaps: readonly CoverageGap[];
  };
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
