import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { measureCoverage } from './coverage.ts';
import type { CollectorTimes, CoverageGap } from './coverage.ts';

/** How often a client used a coordinate in an operation. */
export interface CoordinateUse {
  readonly coordinate: string;
  readonly version: string;
  /** Whether the request came by the version's own path, and not by `/graphql`. */
  readonly pinned: boolean;
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
  /** Counts of before were deleted; null: none ever were. */
  readonly keptSince: Date | null;
  /** Of the time from the moment to now, 0 to 1: see `measureCoverage`. */
  readonly coveredShare: number;
  readonly gaps: readonly CoverageGap[];
  readonly operations: number;
  /** Of clients that did not say who they are, or for whose names there was no room. */
  readonly unnamedOperations: number;
  /** Not kept with all that they used. Deprecated coordinates of theirs were, unless it failed to find out what they used. */
  readonly lostOperations: number;
}

/** Which uses are asked for: of these coordinates, since a moment, and of one tenant only where it is given. */
export interface UseQuestion {
  readonly coordinates: readonly string[];
  readonly since: Date;
  readonly tenantId?: string | undefined;
}

/** How much there is of a kind of use of a coordinate. */
export interface UseCount extends Pick<CoordinateUse, 'coordinate' | 'pinned' | 'byDefault'> {
  /** Different uses: what `readUse` answers if it is not limited. */
  readonly uses: number;
  /** Different clients, each version by itself. */
  readonly clients: number;
  /** Operations. */
  readonly count: number;
  readonly lastSeen: Date;
}

/** Of uses of each kind, as `readUse` answers them. */
const MOST_USES = 1_000;

/**
 * Who used these coordinates; by coordinate, client, its version and operation. Of each coordinate, `most` uses that are pinned, that
 * are not, and that a default made: the latest; `countUse` tells how many there are. Counts are kept by the hour: one in which the
 * latest use came after the moment counts as a whole.
 */
export async function readUse(
  db: Sql,
  { most = MOST_USES, ...question }: UseQuestion & { readonly most?: number },
): Promise<readonly CoordinateUse[]> {
  const { rows } = await sql<CoordinateUse>`
    WITH ${usesOf(question)}
    SELECT coordinate, version, pinned, client, client_version AS "clientVersion", operation, tenant_id AS "tenantId", count,
      last_seen AS "lastSeen", by_default AS "byDefault"
    FROM (
      SELECT *, row_number() OVER (
        PARTITION BY coordinate, pinned, by_default
        ORDER BY last_seen DESC, client, client_version, operation COLLATE "C", version, tenant_id
      ) AS place FROM use
    ) AS placed
    WHERE place <= ${most}
    ORDER BY coordinate COLLATE "C", client, client_version, operation COLLATE "C", version, pinned, tenant_id, by_default`.execute(db);
  return rows;
}

/** How many uses of these coordinates there are, by coordinate and kind, without those of which there are none. */
export async function countUse(db: Sql, question: UseQuestion): Promise<readonly UseCount[]> {
  const { rows } = await sql<UseCount>`
    WITH ${usesOf(question)}
    SELECT coordinate, pinned, by_default AS "byDefault", count(*)::float8 AS uses,
      count(DISTINCT (client::text, client_version::text))::float8 AS clients, sum(count) AS count, max(last_seen) AS "lastSeen"
    FROM use GROUP BY coordinate, pinned, by_default
    ORDER BY coordinate COLLATE "C", pinned, by_default`.execute(db);
  return rows;
}

/** SQL: `use`, with a row for each use that is asked for. */
function usesOf({ coordinates, since, tenantId }: UseQuestion): RawBuilder<unknown> {
  const wanted = sql`${[...coordinates]}::text[]`;
  const ofTenant = tenantId === undefined ? sql`true` : sql`tenant_id = ${tenantId}::uuid`;
  return sql`
    shape AS (
      SELECT id, version, pinned, operation, coordinate, false AS by_default
      FROM usage_shape, unnest(coordinates) AS coordinate WHERE coordinates && ${wanted} AND coordinate = ANY (${wanted})
      UNION ALL
      SELECT id, version, pinned, operation, coordinate, true
      FROM usage_shape, unnest(defaulted) AS coordinate WHERE defaulted && ${wanted} AND coordinate = ANY (${wanted})
    ),
    use AS (
      SELECT coordinate, version, pinned, client, client_version, operation, tenant_id, sum(count)::float8 AS count,
        max(last_seen) AS last_seen, by_default
      FROM shape JOIN usage_hour ON shape_id = id
      WHERE hour > ${since}::timestamptz - interval '1 hour' AND last_seen >= ${since} AND ${ofTenant}
      GROUP BY coordinate, version, pinned, client, client_version, operation, tenant_id, by_default
    )`;
}

/** What is known since a moment, whole hours of the count included. */
export async function readCollection(db: Sql, since: Date): Promise<Collection> {
  const { rows: times } = await sql<CollectorTimes>`
    SELECT * FROM (
      SELECT collector.started_at AS "startedAt", collector.seen_at AS "seenAt", stopped_at AS "stoppedAt", flush_ms AS "flushMs",
        greatest(process.seen_at, alive_at) AS "aliveAt"
      FROM usage_collector AS collector
        LEFT JOIN choice_process AS process ON process.id = process_id
        LEFT JOIN usage_collector_end USING (process_id)
    ) AS known
    WHERE greatest("seenAt" + make_interval(secs => "flushMs" / 1000.0), "aliveAt" + interval '1 second') >= ${since}`.execute(db);
  const { rows } = await sql<Omit<Collection, 'coveredShare' | 'gaps'> & { now: Date }>`
    SELECT now(), (SELECT min(started_at) FROM usage_collector) AS since,
      (SELECT kept_since FROM usage_retention) AS "keptSince",
      coalesce(sum(operations), 0)::float8 AS operations,
      coalesce(sum(unnamed), 0)::float8 AS "unnamedOperations",
      coalesce(sum(lost), 0)::float8 AS "lostOperations"
    FROM usage_collector_hour WHERE hour > ${since}::timestamptz - interval '1 hour'`.execute(db);
  const { now, ...figures } = rows[0]!;
  return { ...figures, ...measureCoverage(times, { from: since, to: now }) };
}
