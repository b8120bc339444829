import { sql } from 'kysely';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';

/** An operation of a client, and the body of its n-th request, which is sent by one of `WORKERS` at a time. */
export interface MeasuredOperation {
  readonly name: string;
  body(n: number, worker: number): string;
}

export const TENANT = 'tenant-1';
/** Requests under way at a time. */
export const WORKERS = 8;

const LEADS = `query Leads($first: Int!) {
  leads(first: $first) { nodes { id firstName lastName company industry leadSource status marketingChannel } pageInfo { hasNextPage endCursor } }
}`;
const UPDATE = `mutation UpdateLead($id: ID!, $input: UpdateLeadInput!) {
  updateLead(id: $id, input: $input) { lead { id version company industry } }
}`;

/** From the cheapest one on. Each worker has a lead of its own to write to. */
export async function listOperations(database: OwnerDatabase): Promise<readonly MeasuredOperation[]> {
  const { rows: leads } = await sql<{ id: string }>`
    SELECT lead.id FROM lead JOIN tenant ON tenant.id = tenant_id WHERE slug = ${TENANT} ORDER BY lead.id LIMIT ${WORKERS}`.execute(
    database.sql,
  );
  return [
    { name: '`{ viewer { subject } }`', body: () => JSON.stringify({ query: 'query Viewer { viewer { subject } }' }) },
    { name: '`leads(first: 50)`, 8 fields', body: () => JSON.stringify({ query: LEADS, variables: { first: 50 } }) },
    {
      name: '`updateLead`, an input object as variable',
      body: (n, worker) => {
        const input = { company: `Company ${n}`, industry: n % 2 === 0 ? 'tech' : 'finance', leadScore: n % 100 };
        return JSON.stringify({ query: UPDATE, variables: { id: leads[worker]!.id, input } });
      },
    },
  ];
}
