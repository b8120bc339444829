import type { Client } from '../client.ts';
import { LeadsDocument, type LeadsQuery, TechLeadsDocument } from './generated/graphql.ts';

type Lead = LeadsQuery['leads']['nodes'][number];

/** The leads by name, a line each: all, or those of one industry. */
export async function listLeads(client: Client, industry?: string): Promise<string[]> {
  const { leads } = await client.execute(LeadsDocument, {
    first: 50,
    filter: { industry },
  });
  return leads.nodes.map(describeLead);
}

function describeLead({ firstName, lastName, ...lead }: Lead): string {
  const industry = lead.industry ?? 'no industry';
  return `${firstName} ${lastName}: ${industry}, ${lead.state}`;
}

export async function countTechLeads(client: Client): Promise<number> {
  const { leads } = await client.execute(TechLeadsDocument, {});
  return leads.totalCount;
}
