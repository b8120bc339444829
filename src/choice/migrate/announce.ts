import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import { STATEMENT_MILLISECONDS } from '../../tenancy/database-errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import { type LiveProcess, listRecentProcesses } from '../processes.ts';

const POLL_EVERY_MS = 50;
/** A server whose connection and whose sessions are all gone for so long is dead: one that lives would be there again. */
const RECONNECT_MS = 2_000;
/**
 * How long after a server was last heard of a request of it may still work by the rules of then. Such a request began within
 * 5 s, for as long as rules stay fresh unasked; it lasts no longer than two statements that take all the time they may.
 */
const OUTLIVED_MS = 5_000 + 2 * STATEMENT_MILLISECONDS;

/**
 * Tells servers where to find the legacy string of a field, and answers the revision that says so. To be committed before it is
 * waited for.
 * @throws OperationError where the database does not count the change: no server would hear of it.
 */
export async function announceStorage(db: Sql, field: ChoiceField, storage: LegacyStorage): Promise<number> {
  // In a transaction, whoever counts another change waits: what is counted from here on is ours.
  const before = await sql<{ revision: string }>`SELECT revision FROM choice_revision FOR UPDATE`.execute(db);
  const { numAffectedRows } = await sql`
    UPDATE choice_field_state SET storage = ${storage} WHERE field = ${field.coordinate} AND storage <> ${storage}`.execute(db);
  const after = await sql<{ revision: string }>`SELECT revision FROM choice_revision`.execute(db);
  const revision = Number(after.rows[0]!.revision);
  if (numAffectedRows && revision <= Number(before.rows[0]!.revision))
    throw new OperationError(
      `${field.coordinate}: the database does not count changes of rules, so no server would hear of them. "choices verify" says what to mend`,
    );
  return revision;
}

/**
 * Waits until no server works by rules older than the revision. Returns those that may still do so after `cap` milliseconds; none:
 * all have acknowledged. A server that joins meanwhile reads the rules after it joined. One whose connection stands is waited for
 * however long it has been silent: it may go on. One whose connection is lost is waited for until none of its requests can be left.
 */
export async function waitForServers(db: Sql, revision: number, cap: number): Promise<readonly LiveProcess[]> {
  const since = performance.now();
  /** Server → when a trace of it was last seen. */
  const traces = new Map<string, number>();
  for (;;) {
    const now = performance.now();
    const older = (await listRecentProcesses(db, 'server', OUTLIVED_MS)).filter(({ id, acknowledged, connected, hasSessions }) => {
      if (connected || hasSessions) traces.set(id, now);
      return acknowledged < revision && now - (traces.get(id) ?? since) <= RECONNECT_MS;
    });
    if (older.length === 0 || now - since > cap) return older;
    await delay(POLL_EVERY_MS);
  }
}
