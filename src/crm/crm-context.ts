import type { ChoiceContext, TenantPart } from '../choice/graphql/choice-context.ts';
import type { DeprecationContext } from '../evolution/graphql/deprecation-context.ts';
import type { RecordReader } from './record/record-reader.ts';

/** One request's part of its tenant, records included. */
export interface CrmTenantPart extends TenantPart {
  readonly records: RecordReader;
}

/** What the resolvers of the CRM get. */
export interface CrmContext extends ChoiceContext, DeprecationContext {
  readonly tenant: CrmTenantPart | null;
}
