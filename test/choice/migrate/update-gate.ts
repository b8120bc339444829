import type pg from 'pg';
import { waitUntil } from '../../harness/wait-until.ts';

/** Holds updates of leads in the middle of their statement: it has its snapshot and its row locks by then. */
export interface UpdateGate {
  /** The process ids of the sessions that wait at the gate; resolves once there are so many. */
  arrived(count?: number): Promise<number[]>;
  open(): Promise<void>;
}

const GATE = 20_261;

/**
 * Shuts the gate for updates of leads that meet a condition on OLD and NEW. Whoever comes to it asks again and again for an advisory
 * lock, and never waits for one: so no lock_timeout ends it. Its trigger comes before those of the engine.
 */
export async function shutGate(client: pg.Client, condition = 'true'): Promise<UpdateGate> {
  await client.query('SELECT pg_advisory_lock($1)', [GATE]);
  await client.query(`
    CREATE OR REPLACE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      WHILE NOT pg_try_advisory_xact_lock_shared(${GATE}) LOOP PERFORM pg_sleep(0.002); END LOOP;
      RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER aaa_wait_at_gate BEFORE UPDATE ON lead FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION wait_at_gate()`);
  return {
    async arrived(count = 1) {
      let pids: number[] = [];
      await waitUntil(`${count} sessions at the gate`, async () => {
        const { rows } = await client.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' ORDER BY pid`,
        );
        pids = rows.map(({ pid }) => pid);
        return pids.length >= count;
      });
      return pids;
    },
    open: async () => void (await client.query('SELECT pg_advisory_unlock($1)', [GATE])),
  };
}
