import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceField } from '../../choice-field.ts';

/** One field of one tenant: what a backfill is asked for, and what is worked on by one worker at a time. */
export interface Part {
  readonly field: ChoiceField;
  readonly tenant: Tenant;
}

/**
 * Where a part is: the first pass over its rows; the wait for transactions that were open when that ended, and may still write
 * a row without its ref; and passes from the beginning, until one finds nothing and skips nothing.
 */
export type Stage = 'sweep' | 'await' | 'final';

/** Before every id. */
export const NIL = '00000000-0000-0000-0000-000000000000';
