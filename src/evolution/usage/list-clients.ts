import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { OTHERS } from './usage-names.ts';

/** A client that was seen, that registered documents, or about which something was settled. */
export interface ApiClient {
  readonly name: string;
  /** Whether it is told, with each answer, what it used that is deprecated. */
  readonly tellsDeprecations: boolean;
  /** How many documents it has registered, over its versions. */
  readonly documents: number;
  /** null: its use is not recorded, or no longer. */
  readonly lastSeen: Date | null;
}

/** Every client that has a name, by name. */
export async function listClients(db: Sql): Promise<readonly ApiClient[]> {
  const { rows } = await sql<ApiClient>`
    WITH seen AS (SELECT client AS name, max(last_seen) AS last_seen FROM usage_hour GROUP BY client),
    registered AS (SELECT client AS name, count(*)::int AS documents FROM client_document GROUP BY client)
    SELECT name, coalesce(tells_deprecations, true) AS "tellsDeprecations", coalesce(documents, 0) AS documents, last_seen AS "lastSeen"
    FROM seen FULL JOIN registered USING (name) FULL JOIN api_client USING (name)
    WHERE name NOT IN ('', ${OTHERS})
    ORDER BY name`.execute(db);
  return rows;
}
