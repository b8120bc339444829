import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Phase } from '../migrate/phase.ts';
import type { FieldReport } from '../migrate/report.ts';
import type { RolledBack } from '../migrate/rollback.ts';
import type { Finding } from '../migrate/verify.ts';

/** The long steps that can be asked for through the API. `merge` is asked for by merging choices, and by undoing that. */
export const RUN_STEPS = ['migrate', 'verify', 'prefer', 'rollback', 'merge'] as const;
export type RunStep = (typeof RUN_STEPS)[number];

/** `blocked`: a gate refused, or something is left to decide; `blockers` say what. */
export const RUN_STATUSES = ['running', 'succeeded', 'blocked', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What somebody asks for. `tenants` undefined: every tenant. */
export interface RunRequest {
  readonly step: RunStep;
  readonly fields: readonly ChoiceField[];
  readonly tenants: readonly Tenant[] | undefined;
  /** Where a rollback goes to. */
  readonly to?: Phase | undefined;
  readonly reason?: string | undefined;
  readonly requestedBy: string;
}

/** What a step answers, as its command prints it. */
export interface RunResult {
  readonly ok: boolean;
  /** The figures; of a rollback, what went back. */
  readonly fields: readonly (FieldReport | RolledBack)[];
  readonly findings: readonly Finding[];
  readonly blockers: readonly Blocker[];
}

/** How far the backfills of a run are: rows done of those that lacked their ref when it was asked for. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
}

/** A long step that was asked for, to be followed. */
export interface ChoiceRun {
  /** null: a dry run, which nothing is kept of. */
  readonly id: string | null;
  readonly step: RunStep;
  /** Coordinates. */
  readonly fields: readonly string[];
  /** Slugs; null: every tenant. */
  readonly tenants: readonly string[] | null;
  readonly requestedBy: string;
  /** ISO 8601. */
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  readonly reason: string | null;
  readonly status: RunStatus;
  /** As it is now, or was when the run ended; null for a step without backfills, and for a dry run. */
  readonly progress: RunProgress | null;
  readonly result: RunResult | null;
  readonly error: string | null;
}

/** How a run stands that came to an answer. To find faults is what a verification is for. */
export function concludeStatus({ blockers }: RunResult): Extract<RunStatus, 'succeeded' | 'blocked'> {
  return blockers.length === 0 ? 'succeeded' : 'blocked';
}
