import type { ChoiceField } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import type { Tenant } from '../../tenancy/tenant.ts';

/** What a step works on. */
export interface Scope {
  readonly registry: ChoiceRegistry;
  readonly fields: readonly ChoiceField[];
  /** undefined: every tenant that there is when the step begins. */
  readonly tenants: readonly Tenant[] | undefined;
}

/** How far a step has come: `done` of `total` rows, choices or statements. */
export interface Progress {
  readonly step: string;
  readonly field: string;
  readonly tenant?: string;
  readonly done: number;
  readonly total?: number;
  /** The same of the whole step, where it works on several fields and tenants at once. */
  readonly all?: { readonly done: number; readonly total: number };
  /** Why it does not go on at this moment. */
  readonly note?: string;
}

export interface RunOptions {
  /** Write nothing and predict exactly. */
  readonly dryRun: boolean;
  /** Who does it: recorded with every phase change and acceptance. */
  readonly actor: string;
  /** Id of the API's request, or of the run, that it is done for: recorded with what changes. */
  readonly request?: string | undefined;
  readonly onProgress: (progress: Progress) => void;
}
