/** Mercurius with its compiler and its loaders on plain SQL: prepared statements, no more columns than the schema has. */
import fastify from 'fastify';
import mercurius, { type MercuriusLoaders } from 'mercurius';
import { announce } from '../announce.ts';
import { openPool, tenantId } from '../database.ts';
import { schema } from './schema.ts';

interface Lead {
  readonly id: string;
  readonly [property: string]: unknown;
}

const pool = openPool();
const COLUMNS = `id, first_name AS "firstName", last_name AS "lastName", email, company, industry, lead_source AS "leadSource", status,
  marketing_channel AS "marketingChannel", industry_id AS "industryId", lead_source_id AS "leadSourceId", status_id AS "statusId",
  marketing_channel_id AS "marketingChannelId"`;

async function readLeads(first: number, after: string | null | undefined, industryId: string | null | undefined): Promise<Lead[]> {
  const [name, condition, value] =
    typeof after === 'string'
      ? ['leads after', 'AND id > $3', after]
      : typeof industryId === 'string'
        ? ['leads of industry', 'AND industry_id = $3', industryId]
        : ['leads', '', undefined];
  const { rows } = await pool.query<Lead>({
    name,
    text: `SELECT ${COLUMNS} FROM lead WHERE tenant_id = $1 ${condition} ORDER BY id LIMIT $2`,
    values: [tenantId, first, ...(value === undefined ? [] : [value])],
  });
  return rows;
}

async function updateLead(id: string, { company, industryId }: { company: string; industryId: string }): Promise<Lead> {
  const { rows } = await pool.query<Lead>({
    name: 'update lead',
    text: `UPDATE lead SET company = $3, industry_id = $4, version = version + 1, updated_at = now() WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
    values: [tenantId, id, company, industryId],
  });
  return rows[0]!;
}

/** Reads the choices of a page in one statement. */
function loadChoices(table: string, ref: string): MercuriusLoaders[string][string] {
  return async (queries: readonly { obj: Lead }[]) => {
    const ids = new Set(queries.map(({ obj }) => obj[ref]).filter((id) => id !== null));
    if (ids.size === 0) return queries.map(() => null);
    const { rows } = await pool.query<{ id: string }>({
      name: table,
      text: `SELECT id, key, label FROM ${table} WHERE tenant_id = $1 AND id = ANY ($2)`,
      values: [tenantId, [...ids]],
    });
    const choices = new Map<unknown, object>(rows.map((row) => [row.id, row]));
    return queries.map(({ obj }) => choices.get(obj[ref]) ?? null);
  };
}

const app = fastify();
await app.register(mercurius, {
  schema,
  resolvers: {
    Query: {
      leads: (_: unknown, { first, after, industryId }: { first: number; after?: string | null; industryId?: string | null }) =>
        readLeads(first, after, industryId),
    },
    Mutation: {
      updateLead: async (_: unknown, { id, input }: { id: string; input: { company: string; industryId: string } }) => ({
        lead: await updateLead(id, input),
      }),
    },
  },
  loaders: {
    Lead: {
      industryRef: loadChoices('industry', 'industryId'),
      leadSourceRef: loadChoices('lead_source', 'leadSourceId'),
      statusRef: loadChoices('lead_status', 'statusId'),
      marketingChannelRef: loadChoices('marketing_channel', 'marketingChannelId'),
    },
  },
  jit: 1,
});
await app.listen({ host: '127.0.0.1', port: 0 });
announce(app.server.address(), '/graphql');
