import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Phase } from '../migrate/phase.ts';

/** The long steps that can be asked for through the API. */
export const RUN_STEPS = ['migrate', 'verify', 'prefer', 'rollback'] as const;
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
  readonly fields: readonly Readonly<Record<string, unknown>>[];
  readonly findings: readonly Readonly<Record<string, unknown>>[];
  readonly blockers: readonly Blocker[];
}

/** A long step that was asked for, to be followed. */
export interface ChoiceRun {
  /** null: a dry run, which nothing is kept of. */
  readonly id: string | null;
  readonly step: RunStep;
  /** Coordinates. */
  readonly fields: readonly string[];
  /** null: every tenant. */
  readonly tenantIds: readonly string[] | null;
  readonly requestedBy: string;
  /** ISO 8601. */
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  readonly reason: string | null;
  readonly status: RunStatus;
  readonly result: RunResult | null;
  readonly error: string | null;
}
