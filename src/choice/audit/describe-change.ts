import { sql } from 'kysely';
import { quoteLiteral } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';

/** Who changes choices, aliases, phases or acceptances, and why: what the database cannot know by itself. */
export interface ChangeDescription {
  /** Who answers for it. */
  readonly actor: string;
  /** The command or mutation: `map`, `updateChoice`. */
  readonly operation: string;
  /** Id of the API's request, or of the run that carries it out. */
  readonly request?: string | undefined;
  readonly reason?: string | undefined;
  /** A UUID that changes of several transactions share; without one, those of a transaction belong together. */
  readonly group?: string | undefined;
  /** How many records it touches, where that is known. */
  readonly records?: number | undefined;
}

/** Says what the changes that follow in the transaction are recorded with, until it ends or is described anew. */
export async function describeChange(transaction: Sql, change: ChangeDescription): Promise<void> {
  await sql`SELECT set_config('choices.change', ${encode(change)}, true)`.execute(transaction);
}

/** The same as SQL text, for statements that go to the server as one message. */
export function describeChangeStatement(change: ChangeDescription): string {
  return `SELECT set_config('choices.change', ${quoteLiteral(encode(change))}, true)`;
}

/** PostgreSQL reads no half of a surrogate pair. */
function encode({ actor, operation, request, reason, group, records }: ChangeDescription): string {
  return JSON.stringify({ actor, operation, request, reason, group, records }, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
