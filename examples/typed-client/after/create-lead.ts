import type { Client } from '../client.ts';
import { graphql } from './generated/gql.ts';

const CREATE_LEAD = graphql(`
  mutation CreateLead($input: CreateLeadInput!) {
    createLead(input: $input) {
      lead {
        id
        industryRef { key }
      }
    }
  }
`);

export interface NewLead {
  readonly firstName: string;
  readonly lastName: string;
  readonly industry: string;
}

/** Creates a lead, and answers with the industry that it has now. */
export async function createLead(client: Client, { firstName, lastName, ...rest }: NewLead): Promise<string | null | undefined> {
  const email = `${firstName}.${lastName}@example.com`.toLowerCase();
  const { createLead } = await client.execute(CREATE_LEAD, {
    input: { firstName, lastName, email, company: 'Example', industryRef: { key: rest.industry }, leadSourceRef: { key: 'web' } },
  });
  return createLead.lead.industryRef?.key;
}
