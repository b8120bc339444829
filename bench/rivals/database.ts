import pg from 'pg';

/** Whose rows are served: the others have no tenants. */
export const tenantId = process.env.TENANT_ID!;
export const databaseUrl = process.env.DATABASE_URL!;

/** Of every rival, as many as there are requests at a time. */
export const CONNECTIONS = 10;

export function openPool(): pg.Pool {
  return new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
}
