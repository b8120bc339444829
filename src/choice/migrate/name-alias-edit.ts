import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceType } from '../choice-field.ts';

/** Under this name aliases of a type are edited for a tenant, by one process at a time. */
export function nameAliasEdit(type: ChoiceType, tenant: Tenant): string {
  return `edit aliases ${type.name} ${tenant.id}`;
}
