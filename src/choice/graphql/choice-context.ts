import type { Access } from '../../tenancy/access.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { TenantSession } from '../../tenancy/tenant-session.ts';
import type { ChoiceReader } from '../choice-reader.ts';
import type { FieldReport } from '../migrate/report.ts';

/** One request's part of its tenant. */
export interface TenantPart {
  readonly tenant: Tenant;
  readonly session: TenantSession;
  readonly choices: ChoiceReader;
}

/** What the resolvers of choices need of the application's context. */
export interface ChoiceContext extends Access<TenantPart> {
  /** Every tenant's figures: for platform operators, who may see nothing else. */
  readReports(): Promise<FieldReport[]>;
}
