import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { UsageContent, UsageRow } from './usage-buffer.ts';
import type { UsageClock } from './usage-clock.ts';
import type { UsageShape } from './usage-shape.ts';

/** A process that records. */
export interface UsageCollector {
  readonly processId: string;
  /** Set anew by each batch that is stored. Moments are this clock's. */
  readonly clock: UsageClock;
  readonly startedAt: number;
  readonly flushEveryMs: number;
  /** Ids of shapes that are known to be stored. */
  readonly storedShapes: Set<string>;
}

/** What is stored in one transaction, under a number that rises by one. */
export interface UsageBatch extends UsageContent {
  readonly sequence: number;
  /** Up to when all that was recorded is stored with it; undefined where more batches of that moment follow. */
  readonly completeAt: number | undefined;
}

/** How long a statement may take, locks included. */
const STATEMENT_MS = 30_000;
/** Of shapes in one statement, at least one shape each: some megabytes. */
const COORDINATES_PER_STATEMENT = 50_000;
/** Ids that are remembered: past them all are sent again, and found to be there. */
const MOST_STORED = 50_000;

/**
 * Stores a batch once: where its number is stored already, it does nothing. So it may be tried again whenever it is unknown
 * whether it was committed. Rows are written in one order by everybody: two processes that count the same hours wait for each
 * other, and never in a circle.
 */
export async function storeBatch(db: Sql, collector: UsageCollector, batch: UsageBatch): Promise<void> {
  const shapes = new Map(batch.rows.filter(({ shape }) => !collector.storedShapes.has(shape.id)).map(({ shape }) => [shape.id, shape]));
  await db
    .transaction()
    .execute(async (transaction) => {
      await begin(transaction, collector);
      if (!(await raiseSequence(transaction, collector, batch))) return;
      for (const part of splitShapes([...shapes.values()])) await insertShapes(transaction, part);
      if (batch.rows.length > 0) await addHours(transaction, collector, batch.rows);
      if (batch.figures.length > 0) await addFigures(transaction, collector, batch);
    })
    .catch((error: unknown) => {
      // One of them may have been deleted.
      collector.storedShapes.clear();
      throw error;
    });
  if (collector.storedShapes.size + shapes.size > MOST_STORED) collector.storedShapes.clear();
  for (const id of shapes.keys()) collector.storedShapes.add(id);
}

/** Limits what follows, and sets the clock by a statement that nothing keeps waiting: a moment is never said to be later than it was. */
async function begin(db: Sql, { clock }: UsageCollector): Promise<void> {
  const { rows } = await sql<{ shown: number }>`
    SELECT set_config('statement_timeout', ${String(STATEMENT_MS)}, true), extract(epoch FROM clock_timestamp())::float8 * 1000 AS shown`.execute(
    db,
  );
  clock.set(rows[0]!.shown, clock.now());
}

/** Answers whether the batch has yet to be stored. Another try of it that is still under way is waited for. */
async function raiseSequence(db: Sql, { processId, clock, startedAt, flushEveryMs }: UsageCollector, batch: UsageBatch): Promise<boolean> {
  const { sequence, completeAt } = batch;
  const started = clock.date(startedAt) / 1_000;
  // Before anything is complete, all is missing that came since the start.
  const seen = completeAt === undefined ? started : clock.date(completeAt) / 1_000;
  const { rows } = await sql`
    INSERT INTO usage_collector AS known (process_id, started_at, seen_at, flush_ms, sequence)
    SELECT ${processId}::uuid, date_trunc('milliseconds', to_timestamp(${started})), date_trunc('milliseconds', to_timestamp(${seen})),
      ${flushEveryMs}::integer, ${sequence}::bigint
    ON CONFLICT (process_id) DO UPDATE SET
      sequence = excluded.sequence, seen_at = CASE WHEN ${completeAt !== undefined} THEN excluded.seen_at ELSE known.seen_at END
    WHERE known.sequence < excluded.sequence
    RETURNING sequence`.execute(db);
  return rows.length > 0;
}

/** In the order in which they are inserted. */
function splitShapes(shapes: UsageShape[]): UsageShape[][] {
  const parts: UsageShape[][] = [];
  let coordinates = Infinity;
  for (const shape of shapes.sort((left, right) => (left.id < right.id ? -1 : 1))) {
    const size = shape.used.explicit.length + shape.used.defaulted.length;
    if (coordinates + size > COORDINATES_PER_STATEMENT) {
      parts.push([]);
      coordinates = 0;
    }
    parts.at(-1)!.push(shape);
    coordinates += size;
  }
  return parts;
}

async function insertShapes(db: Sql, shapes: readonly UsageShape[]): Promise<void> {
  const records = shapes.map(({ used, ...shape }) => ({ ...shape, ...used }));
  await sql`
    INSERT INTO usage_shape (id, version, pinned, operation, coordinates, defaulted)
    SELECT decode(id, 'hex'), version, pinned, operation, explicit, defaulted
    FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb)
      AS shape (id text, version text, pinned boolean, operation text, explicit text[], defaulted text[])
    ORDER BY shape.id
    ON CONFLICT (id) DO NOTHING`.execute(db);
}

/** What came in one hour by the buffer's reckoning, and in another by the database's clock, counts for that of its last use. */
async function addHours(db: Sql, { clock }: UsageCollector, rows: readonly UsageRow[]): Promise<void> {
  await sql`
    INSERT INTO usage_hour AS known (hour, shape_id, client, client_version, tenant_id, count, last_seen)
    SELECT date_trunc('hour', seen, 'UTC') AS hour, decode(shape, 'hex'), client, client_version, tenant, sum(count), max(seen)
    FROM unnest(
      ${rows.map(({ shape }) => shape.id)}::text[],
      ${rows.map(({ client }) => client)}::text[],
      ${rows.map(({ clientVersion }) => clientVersion)}::text[],
      ${rows.map(({ tenantId }) => tenantId)}::uuid[],
      ${rows.map(({ count }) => count)}::bigint[],
      ${rows.map(({ lastSeen }) => clock.date(lastSeen) / 1_000)}::float8[]
    ) AS used (shape, client, client_version, tenant, count, last_seen), date_trunc('milliseconds', to_timestamp(last_seen)) AS seen
    GROUP BY used.shape, 1, used.client, used.client_version, used.tenant
    ORDER BY used.shape, 1, used.client, used.client_version, used.tenant
    ON CONFLICT ON CONSTRAINT usage_hour_key
    DO UPDATE SET count = known.count + excluded.count, last_seen = greatest(known.last_seen, excluded.last_seen)`.execute(db);
}

async function addFigures(db: Sql, { processId, clock }: UsageCollector, { figures }: UsageBatch): Promise<void> {
  await sql`
    INSERT INTO usage_collector_hour AS known (process_id, hour, operations, unnamed, lost)
    SELECT ${processId}::uuid, date_trunc('hour', to_timestamp(last_seen), 'UTC') AS hour, sum(operations), sum(unnamed), sum(lost)
    FROM unnest(
      ${figures.map(({ lastSeen }) => clock.date(lastSeen) / 1_000)}::float8[],
      ${figures.map(({ operations }) => operations)}::bigint[],
      ${figures.map(({ unnamed }) => unnamed)}::bigint[],
      ${figures.map(({ lost }) => lost)}::bigint[]
    ) AS counted (last_seen, operations, unnamed, lost)
    GROUP BY 2
    ON CONFLICT (process_id, hour) DO UPDATE SET
      operations = known.operations + excluded.operations, unnamed = known.unnamed + excluded.unnamed, lost = known.lost + excluded.lost`.execute(
    db,
  );
}

/** Says that the process ended well: everything is stored. */
export async function stopCollector(db: Sql, { processId }: UsageCollector): Promise<void> {
  await sql`
    UPDATE usage_collector SET seen_at = clock, stopped_at = clock FROM clock_timestamp() AS clock WHERE process_id = ${processId}`.execute(
    db,
  );
}
