import { type Kysely, sql } from 'kysely';
import type { ChoiceField } from './choice-field.ts';
import { writeFunctionName } from './derive/write-function.ts';
import type { LegacyStorage } from './legacy-storage.ts';
import type { ChoiceWrite } from './write-choice.ts';

/** How a decided write reaches the database. */
export interface PlacedWrite {
  /** Columns of the row itself; the database's triggers keep what belongs to them in step. */
  readonly columns: ChoiceWrite;
  /** The string to write by `writeLegacyStrings` once the row is there; undefined: none. */
  readonly string: string | null | undefined;
}

/** Without the legacy column a string is written after the row; a new row has its ref from the first, which may be required. */
export function placeChoiceWrite(storage: LegacyStorage, { legacy, refId }: ChoiceWrite, isNew: boolean): PlacedWrite {
  if (legacy === undefined) return { columns: refId === undefined ? {} : { refId }, string: undefined };
  if (storage === 'column') return { columns: { legacy }, string: undefined };
  return { columns: isNew && refId !== undefined ? { refId } : {}, string: legacy };
}

/** Writes strings of one record wherever they are kept, and the refs that they resolve to. */
export async function writeLegacyStrings(
  transaction: Kysely<unknown>,
  tenantId: string,
  recordId: string,
  strings: ReadonlyMap<ChoiceField, string | null>,
): Promise<void> {
  if (strings.size === 0) return;
  const calls = [...strings].map(([field, value]) => sql`${sql.id(writeFunctionName(field))}(${tenantId}, ${recordId}, ${value})`);
  await sql`SELECT ${sql.join(calls)}`.execute(transaction);
}
