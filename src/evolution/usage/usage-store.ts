import { parse } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { createCoordinateCollector } from './collect-coordinates.ts';
import { measureCoverage } from './coverage.ts';
import type { CollectorTimes, CoverageGap } from './coverage.ts';

/** How often a client used a coordinate in an operation. */
export interface CoordinateUse {
  readonly coordinate: string;
  readonly version: string;
  /** `''` where it did not say, `(others)` where there was no room for its name. */
  readonly client: string;
  readonly clientVersion: string;
  /** `''` for one without a name, `(others)` where there was no room for it. */
  readonly operation: string;
  /** null for a platform operator. */
  readonly tenantId: string | null;
  readonly count: number;
  readonly lastSeen: Date;
  /** Whether only a default value of the schema used it: the client never named it. */
  readonly byDefault: boolean;
}

/** How well it is known what was used since a moment. */
export interface Collection {
  /** Since when anything was ever recorded; null for never. */
  readonly since: Date | null;
  /** Of the time from the moment to now, 0 to 1: see `measureCoverage`. */
  readonly coveredShare: number;
  readonly gaps: readonly CoverageGap[];
  readonly operations: number;
  /** Of clients that did not say who they are, or for whose names there was no room. */
  readonly unnamedOperations: number;
  /** Not kept with all that they used. Deprecated coordinates of theirs were. */
  readonly lostOperations: number;
}

/** A document that a client registered, and so may send at any time, uses a coordinate. */
export interface RegisteredUse {
  readonly coordinate: string;
  readonly client: string;
  readonly clientVersion: string;
  readonly operation: string;
  readonly documentId: string;
}

/**
 * Who used these coordinates since a moment, one tenant only where it is given; by coordinate, client, its version and operation.
 * Counts are kept by the hour: one in which the latest use came after the moment counts as a whole.
 */
export async function readUse(
  db: Sql,
  {
    coordinates,
    since,
    tenantId,
  }: { readonly coordinates: readonly string[]; readonly since: Date; readonly tenantId?: string | undefined },
): Promise<readonly CoordinateUse[]> {
  const wanted = sql`${[...coordinates]}::text[]`;
  const ofTenant = tenantId === undefined ? sql`true` : sql`tenant_id = ${tenantId}::uuid`;
  const { rows } = await sql<CoordinateUse>`
    WITH shape AS (
      SELECT id, version, operation, coordinate, false AS by_default
      FROM usage_shape, unnest(coordinates) AS coordinate WHERE coordinates && ${wanted} AND coordinate = ANY (${wanted})
      UNION ALL
      SELECT id, version, operation, coordinate, true
      FROM usage_shape, unnest(defaulted) AS coordinate WHERE defaulted && ${wanted} AND coordinate = ANY (${wanted})
    )
    SELECT coordinate, version, client, client_version AS "clientVersion", operation, tenant_id AS "tenantId",
      sum(count)::float8 AS count, max(last_seen) AS "lastSeen", by_default AS "byDefault"
    FROM shape JOIN usage_hour ON shape_id = id
    WHERE hour > ${since}::timestamptz - interval '1 hour' AND last_seen >= ${since} AND ${ofTenant}
    GROUP BY coordinate, version, client, client_version, operation, tenant_id, by_default
    ORDER BY coordinate COLLATE "C", client, client_version, operation COLLATE "C", version, tenant_id, by_default`.execute(db);
  return rows;
}

/** What is known since a moment, whole hours of the count included. */
export async function readCollection(db: Sql, since: Date): Promise<Collection> {
  const { rows: times } = await sql<CollectorTimes>`
    SELECT started_at AS "startedAt", seen_at AS "seenAt", stopped_at AS "stoppedAt", flush_ms AS "flushMs" FROM usage_collector
    WHERE seen_at + make_interval(secs => flush_ms / 1000.0) >= ${since}`.execute(db);
  const { rows } = await sql<Omit<Collection, 'coveredShare' | 'gaps'> & { now: Date }>`
    SELECT clock_timestamp() AS now, (SELECT min(started_at) FROM usage_collector) AS since,
      coalesce(sum(operations), 0)::float8 AS operations,
      coalesce(sum(unnamed), 0)::float8 AS "unnamedOperations",
      coalesce(sum(lost), 0)::float8 AS "lostOperations"
    FROM usage_collector_hour WHERE hour > ${since}::timestamptz - interval '1 hour'`.execute(db);
  const { now, ...figures } = rows[0]!;
  return { ...figures, ...measureCoverage(times, { from: since, to: now }) };
}

/**
 * Which registered documents name these coordinates, by coordinate, client, its version and operation. What they may send in
 * variables nobody knows before they do. `schema` has the members of every version.
 */
export async function readRegisteredUse(db: Sql, schema: GraphQLSchema, coordinates: readonly string[]): Promise<readonly RegisteredUse[]> {
  const { rows } = await sql<Omit<RegisteredUse, 'coordinate'> & { body: string }>`
    SELECT client, client_version AS "clientVersion", operation, document_id AS "documentId", body FROM client_document
    WHERE EXISTS (SELECT FROM unnest(${coordinates.map(findMemberName)}::text[]) AS name WHERE strpos(body, name) > 0)
    ORDER BY client, client_version, operation COLLATE "C", document_id`.execute(db);
  const collect = createCoordinateCollector(schema);
  const documents = rows.map(({ body, ...document }) => ({ document, used: new Set(collect(parse(body), undefined, undefined).explicit) }));
  return [...new Set(coordinates)]
    .sort()
    .flatMap((coordinate) => documents.filter(({ used }) => used.has(coordinate)).map(({ document }) => ({ coordinate, ...document })));
}

/** The name without which no document can use a member; none for a type, which what it answers implies. */
function findMemberName(coordinate: string): string {
  return /(?:[.@(])(\w+)(?::\))?$/.exec(coordinate)?.[1] ?? '';
}
