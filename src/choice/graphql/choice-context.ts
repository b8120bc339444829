import type { Access } from '../../tenancy/access.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { TenantSession } from '../../tenancy/tenant-session.ts';
import type { ChoiceReader } from '../choice-reader.ts';
import type { FieldReport } from '../migrate/report.ts';
import type { ChoiceRules } from '../rules.ts';
import type { RowBudget } from './row-budget.ts';
import type { ChoiceOperations } from './operate/choice-operations.ts';

/** One request's part of its tenant. */
export interface TenantPart {
  readonly tenant: Tenant;
  readonly session: TenantSession;
  readonly choices: ChoiceReader;
  /** The same from the request's beginning to its end, but for `stepAside`. */
  readonly rules: ChoiceRules;
  /** Forgets what the request has read of its tenant: it was written since. */
  forget(): void;
  /** Shared by all lists of the operation. */
  readonly rows: RowBudget;
}

/** What the resolvers of choices need of the application's context. */
export interface ChoiceContext extends Access<TenantPart> {
  /** Id of the request: what changes is recorded with it. */
  readonly requestId: string;
  /**
   * Runs what changes how requests read, and waits for those that read otherwise: meanwhile this request holds neither rules nor a
   * snapshot, and forgets what it has read.
   */
  stepAside<Result>(work: () => Promise<Result>): Promise<Result>;
  /** What operators' mutations work with. */
  readonly operations: ChoiceOperations;
  /** Every tenant's figures: for platform operators, who may see nothing else. */
  readReports(): Promise<FieldReport[]>;
}
