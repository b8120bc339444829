import type { Access } from '../../tenancy/access.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { MemberUse, RemovalVerdict } from '../removal/verdict.ts';

/** What the resolver of deprecations needs of the application's context. */
export interface DeprecationContext extends Access<{ readonly tenant: Tenant }> {
  /** The verdicts over all tenants, with all that is known. They may be some time old. */
  readRemovalVerdicts(): Promise<readonly RemovalVerdict[]>;
  /** What a tenant itself used of what they judge, in their window and since: as many uses as are listed of all tenants. */
  readTenantUses(tenant: Tenant): Promise<readonly MemberUse[]>;
}
