/** Whose leads are read and written. */
export const TENANT = 'tenant-7';
/** Requests under way at a time, each on a connection of its own. */
export const CONNECTIONS = 10;

/** What requests name of the tenant's data. */
export interface Subject {
  readonly tenantId: string;
  /** The choice that a filtered page asks for. */
  readonly filteredIndustryId: string;
  /** Choices that a mutation sets by turns; their labels are equally long, so every answer is. */
  readonly industryIds: readonly [string, string];
  /** After nine tenths of the tenant's leads, by id. */
  readonly deepLeadId: string;
  /** Each connection has a lead of its own to write to, behind all that is read. */
  readonly writtenLeadIds: readonly string[];
}

/** A choice field of a lead as the API names it. */
export type ChoiceMember = 'industry' | 'leadSource' | 'status' | 'marketingChannel';

/** A page of leads, by id. */
export interface PageOperation {
  readonly kind: 'page';
  readonly name: string;
  readonly title: string;
  readonly first: number;
  /** Of each, both the legacy string and the ref are selected. */
  readonly choices: readonly ChoiceMember[];
  readonly industryId?: string;
  /** Only what comes after this lead. */
  readonly after?: string;
}

/** A lead gets another company and another industry. */
export interface UpdateOperation {
  readonly kind: 'update';
  readonly name: string;
  readonly title: string;
  /** What the n-th request of a connection writes. */
  change(n: number, connection: number): LeadChange;
}

export interface LeadChange {
  readonly id: string;
  readonly company: string;
  readonly industryId: string;
}

export type Operation = PageOperation | UpdateOperation;

/** The one that the targets of design §11 are about. */
export const TARGET_OPERATION = 'first-50';

export function listOperations(subject: Subject): readonly Operation[] {
  const page = (name: string, title: string, rest: Partial<PageOperation> = {}): PageOperation => ({
    kind: 'page',
    name,
    title,
    first: 50,
    choices: ['industry'],
    ...rest,
  });
  return [
    page('first-1', '`leads(first: 1)`', { first: 1 }),
    page(TARGET_OPERATION, '`leads(first: 50)`'),
    page('first-500', '`leads(first: 500)`', { first: 500 }),
    page('four-refs', '`leads(first: 50)`, all four refs', { choices: ['industry', 'leadSource', 'status', 'marketingChannel'] }),
    page('filtered', '`leads(first: 50)` of one industry', { industryId: subject.filteredIndustryId }),
    page('deep', '`leads(first: 50)` after nine tenths', { after: subject.deepLeadId }),
    {
      kind: 'update',
      name: 'update',
      title: '`updateLead`, company and industry',
      change: (n, connection) => ({
        id: subject.writtenLeadIds[connection]!,
        company: `Company ${String(n).padStart(8, '0')}`,
        industryId: subject.industryIds[n % 2]!,
      }),
    },
  ];
}
