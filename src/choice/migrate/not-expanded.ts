import type { Blocker } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';

/** The blocker of a field at `legacy`, which has no refs yet. */
export function notExpanded({ coordinate }: ChoiceField, tenant?: Tenant): Blocker {
  return {
    code: 'NOT_EXPANDED',
    field: coordinate,
    ...(tenant && { tenant: tenant.slug }),
    message: `${coordinate} is at phase legacy. Run: choices expand --field ${coordinate}`,
  };
}
