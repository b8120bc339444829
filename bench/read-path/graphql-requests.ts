import { encodeCursor } from '../../src/choice/graphql/cursor.ts';
import type { ChoiceMember, LeadChange, PageOperation } from './operations.ts';

/** What a GraphQL server is asked. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** How an operation is said to one kind of GraphQL server, so that what it answers is the same. */
export interface Dialect {
  /** `ask` answers the data of another request, for what only the server itself can tell. */
  page(operation: PageOperation, ask: (request: GraphqlRequest) => Promise<unknown>): GraphqlRequest | Promise<GraphqlRequest>;
  update(change: LeadChange): GraphqlRequest;
}

const fieldsOf = ({ choices }: PageOperation) =>
  ['id', 'firstName', 'lastName', ...choices.map((choice) => `${choice} ${choice}Ref { id label }`)].join(' ');

const CHANGED = 'lead { id company industryRef { id label } }';

/** Our own schema: connections, cursors. */
export const ourDialect: Dialect = {
  page: (operation) => ({
    query: `query Leads($first: Int!, $after: String, $filter: LeadFilter) {
  leads(first: $first, after: $after, filter: $filter) { nodes { ${fieldsOf(operation)} } }
}`,
    variables: {
      first: operation.first,
      ...(operation.after !== undefined && { after: encodeCursor('', { values: [], id: operation.after }) }),
      ...(operation.industryId !== undefined && { filter: { industryRef: { id: [operation.industryId] } } }),
    },
  }),
  update: ({ id, company, industryId }) => ({
    query: `mutation UpdateLead($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { ${CHANGED} } }`,
    variables: { id, input: { company, industryRef: { id: industryId } } },
  }),
};

/** Those written by hand: lists, and the last lead's id for a cursor. */
export const listDialect: Dialect = {
  page: (operation) => ({
    query: `query Leads($first: Int!, $after: ID, $industryId: ID) {
  leads(first: $first, after: $after, industryId: $industryId) { ${fieldsOf(operation)} }
}`,
    variables: { first: operation.first, after: operation.after, industryId: operation.industryId },
  }),
  update: ({ id, company, industryId }) => ({
    query: `mutation UpdateLead($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { ${CHANGED} } }`,
    variables: { id, input: { company, industryId } },
  }),
};

const POSTGRAPHILE_REFS: Readonly<Record<ChoiceMember, string>> = {
  industry: 'industryByTenantIdAndIndustryId',
  leadSource: 'leadSourceByTenantIdAndLeadSourceId',
  status: 'leadStatusByTenantIdAndStatusId',
  marketingChannel: 'marketingChannelByTenantIdAndMarketingChannelId',
};
const POSTGRAPHILE_CHOICE = '{ id: rowId label }';
const POSTGRAPHILE_LEADS = 'leads: allLeads(first: $first, after: $after, condition: $condition, orderBy: PRIMARY_KEY_ASC)';
const POSTGRAPHILE_PAGE = `query Leads($first: Int!, $after: Cursor, $condition: LeadCondition!) { ${POSTGRAPHILE_LEADS}`;

/** What PostGraphile makes of the tables, by its own names: aliases give it ours. */
export function postgraphileDialect(tenantId: string): Dialect {
  return {
    page: async ({ choices, first, after, industryId }, ask) => {
      const members = choices.map((choice) => `${choice} ${choice}Ref: ${POSTGRAPHILE_REFS[choice]} ${POSTGRAPHILE_CHOICE}`);
      const variables = { first, condition: { tenantId, ...(industryId !== undefined && { industryId }) } };
      return {
        query: `${POSTGRAPHILE_PAGE} { nodes { id: rowId firstName lastName ${members.join(' ')} } } }`,
        variables: after === undefined ? variables : { ...variables, after: await askCursor(after) },
      };

      async function askCursor(rowId: string): Promise<string> {
        const data = await ask({
          query: `${POSTGRAPHILE_PAGE} { pageInfo { endCursor } } }`,
          variables: { first: 1, condition: { tenantId, rowId } },
        });
        return (data as { leads: { pageInfo: { endCursor: string } } }).leads.pageInfo.endCursor;
      }
    },
    update: ({ id, company, industryId }) => ({
      query: `mutation UpdateLead($input: UpdateLeadByTenantIdAndRowIdInput!) {
  updateLead: updateLeadByTenantIdAndRowId(input: $input) { lead { id: rowId company industryRef: ${POSTGRAPHILE_REFS.industry} ${POSTGRAPHILE_CHOICE} } }
}`,
      variables: { input: { tenantId, rowId: id, leadPatch: { company, industryId } } },
    }),
  };
}
