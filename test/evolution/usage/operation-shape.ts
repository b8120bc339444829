/** An operation on the schema of `shapes-schema.ts`, and what it uses: coordinates with spaces between. */
export interface OperationShape {
  readonly name: string;
  readonly document: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly explicit: string;
  /** What is explicit as well does not count here. */
  readonly defaulted?: string;
}

export const LEADS = 'Query Query.leads Lead Lead.id ID';
export const ORDER_DEFAULT =
  'Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.NAME LeadOrder.direction Direction Direction.ASC';
export const FILTER = 'Query.leads(filter:) LeadFilter';
export const UPDATE = 'Mutation Mutation.updateLead Mutation.updateLead(id:) Mutation.updateLead(input:) UpdateLeadInput Lead Lead.id ID';
export const STAGE_DEFAULT = 'UpdateLeadInput.stage Stage Stage.NEW';
export const AUDIT_DEFAULT = 'UpdateLeadInput.audit Audit Audit.level AuditLevel AuditLevel.FULL Audit.reason String';
export const NODES = 'Query Query.node Query.node(id:) Node Node.id ID';
export const EVERY_NODE = 'Lead Lead.id Account Account.id User User.id Team Team.id Industry Industry.id Source Source.id';
export const COUNT_DEFAULT = 'Query.count(filter:) LeadFilter LeadFilter.industry String LeadFilter.stage Stage Stage.WON';
