import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';

/** Somebody who wrote only the legacy column, and when last. */
export interface LegacyWriter {
  readonly role: string;
  readonly application: string;
  readonly seenAt: Date;
}

/** What this product's own sessions are called: they follow the migration. */
const OWN_APPLICATIONS = 'dynamic-choices%';

/** Those of others seen since, the latest first. */
export async function listLegacyWriters(db: Sql, field: ChoiceField, since: Date): Promise<LegacyWriter[]> {
  const { rows } = await sql<LegacyWriter>`
    SELECT role, application, max(seen_at) AS "seenAt" FROM choice_legacy_writer
    WHERE field = ${field.coordinate} AND seen_at > ${since} AND application NOT LIKE ${OWN_APPLICATIONS}
    GROUP BY role, application ORDER BY 3 DESC, role, application`.execute(db);
  return rows;
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
