import { type RawBuilder, sql } from 'kysely';
import { qualify } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { processIdOf } from '../process-session.ts';

/** Somebody who wrote only the legacy column, and when last. */
export interface LegacyWriter {
  readonly role: string;
  readonly application: string;
  readonly seenAt: Date;
}

/** What the owner's commands are called: an import, a backfill. */
const COMMANDS = 'dynamic-choices';

/** In milliseconds: the triggers note a writer that often, at most. */
const NOTED_EVERY = 60_000;

/** When a writer may have been noted that wrote at a moment, or after it: up to a minute before. */
export function earliestSighting(since: Date): Date {
  return new Date(since.getTime() - NOTED_EVERY);
}

/**
 * Those seen since that do not follow, the latest first. The owner's commands follow, and so do servers, whose sessions are called
 * by their id: those that have joined, and those that have left. One that runs and has not joined is somebody else's.
 */
export async function listLegacyWriters(db: Sql, field: ChoiceField, since: Date): Promise<LegacyWriter[]> {
  const { rows } = await selectLegacyWriters(field, since).execute(db);
  return rows;
}

function selectLegacyWriters(field: ChoiceField, since: Date): RawBuilder<LegacyWriter> {
  return sql<LegacyWriter>`
    WITH writer AS (
      SELECT role, application, max(seen_at) AS "seenAt" FROM choice_legacy_writer
      WHERE field = ${field.coordinate} AND seen_at > ${since}
      GROUP BY role, application
    )
    SELECT * FROM writer
    WHERE NOT (
      application = ${COMMANDS}
      AND role IN (session_user, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(${qualify(field.table)})))
    ) AND NOT (
      ${processIdOf(sql`writer.application`)} IS NOT NULL AND (
        EXISTS (SELECT FROM choice_process AS process WHERE process.kind = 'server' AND process.id::text = ${processIdOf(sql`writer.application`)})
        OR NOT EXISTS (SELECT FROM pg_stat_activity AS activity WHERE activity.application_name = writer.application)
      )
    )
    ORDER BY "seenAt" DESC, role, application`;
}

/** The condition that there are none of them. */
export function hasNoLegacyWriters(field: ChoiceField, since: Date): RawBuilder<boolean> {
  return sql`NOT EXISTS (${selectLegacyWriters(field, since)})`;
}

export function describeLegacyWriters(field: ChoiceField, writers: readonly LegacyWriter[]): Blocker[] {
  if (writers.length === 0) return [];
  const list = writers.map(
    ({ role, application, seenAt }) =>
      `the role ${role} as ${application === '' ? 'an unnamed application' : `"${application}"`}, last at ${seenAt.toISOString()}`,
  );
  return [
    {
      code: 'LEGACY_WRITERS',
      field: field.coordinate,
      message: `${field.coordinate}: somebody still writes only the legacy column: ${list.join('; ')}. Move them to the ref, then run the command again once the window has passed`,
    },
  ];
}

/** Keeps the latest sighting of each writer, and those of the last hour: a row a minute and writer would be too many in the end. */
export async function pruneLegacyWriters(db: Sql): Promise<void> {
  await sql`
    DELETE FROM choice_legacy_writer AS old
    WHERE old.seen_at < now() - interval '1 hour' AND EXISTS (
      SELECT FROM choice_legacy_writer AS later
      WHERE later.field = old.field AND later.role = old.role AND later.application = old.application AND later.seen_at > old.seen_at
    )`.execute(db);
}
