const choices = [
  ['industry', 'Industry'],
  ['leadSource', 'LeadSource'],
  ['status', 'LeadStatus'],
  ['marketingChannel', 'MarketingChannel'],
] as const;

/** What is measured of the CRM. */
export const schema = `
  type Query {
    leads(first: Int!, after: ID, industryId: ID): [Lead!]!
  }
  type Mutation {
    updateLead(id: ID!, input: UpdateLeadInput!): UpdateLeadPayload!
  }
  input UpdateLeadInput {
    company: String
    industryId: ID
  }
  type UpdateLeadPayload {
    lead: Lead!
  }
  type Lead {
    id: ID!
    firstName: String!
    lastName: String!
    email: String!
    company: String!
    ${choices.map(([field, type]) => `${field}: String\n${field}Ref: ${type}`).join('\n')}
  }
  ${choices.map(([, type]) => `type ${type} { id: ID! key: String! label: String! }`).join('\n')}
`;
