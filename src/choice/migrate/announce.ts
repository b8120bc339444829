import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import { type LiveProcess, listRecentProcesses } from '../processes.ts';

const POLL_EVERY_MS = 50;
/** A server that lost its connection asks for the rules before each request: so long, and what it was at by older ones has ended. */
const RECONNECT_MS = 2_000;

/** Tells servers where to find the legacy string of a field, and answers the revision that says so. To be committed before it is waited for. */
export async function announceStorage(db: Sql, field: ChoiceField, storage: LegacyStorage): Promise<number> {
  await sql`
    UPDATE choice_field_state SET storage = ${storage} WHERE field = ${field.coordinate} AND storage <> ${storage}`.execute(db);
  const { rows } = await sql<{ revision: string }>`SELECT revision FROM choice_revision`.execute(db);
  return Number(rows[0]!.revision);
}

/**
 * Waits until no server works by rules older than the revision. Returns those that may still do so after `cap` milliseconds; none:
 * all have acknowledged. A server that joins meanwhile reads the rules after it joined; one whose backend is gone is waited for
 * as long as it may take to connect again.
 */
export async function waitForServers(db: Sql, revision: number, cap: number): Promise<readonly LiveProcess[]> {
  const since = performance.now();
  for (;;) {
    const waited = performance.now() - since;
    const older = (await listRecentProcesses(db, 'server')).filter(
      (server) => server.acknowledged < revision && (server.connected || waited < RECONNECT_MS),
    );
    if (older.length === 0 || waited > cap) return older;
    await delay(POLL_EVERY_MS);
  }
}
