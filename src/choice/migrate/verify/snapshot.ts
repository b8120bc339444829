import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { ChoiceField } from '../../choice-field.ts';

/**
 * Runs `work` in one read-only snapshot. The fields' tables are locked before the snapshot is taken, in the mode that every
 * SELECT takes: what the snapshot says of where the strings are then stays true, for no column can go until it ends.
 */
export async function inSnapshot<T>(db: Sql, fields: readonly ChoiceField[], work: (snapshot: Sql) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      await holdTables(snapshot, fields);
      return work(snapshot);
    });
}

/** Until the transaction ends no column of the fields' tables goes, and none that is gone comes back. */
export async function holdTables(transaction: Sql, fields: readonly ChoiceField[]): Promise<void> {
  const tables = [...new Set(fields.map((field) => field.table))];
  if (tables.length > 0)
    await sql`LOCK TABLE ${sql.join(tables.map((table) => sql.table(table)))} IN ACCESS SHARE MODE`.execute(transaction);
}
