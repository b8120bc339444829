import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { workOnce } from '../../../src/choice/migrate/backfill/work.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { createLegacyLeads, type LegacyLeads } from './legacy-leads.ts';

const VALUES = ['tech', 'unheard of', 'unheard of', 'unheard of', 'tech'];
const HELD = 4;

let leads: LegacyLeads;
let holder: pg.Client;
/** The wait for transactions is over; a row is held by one that began since. */
beforeEach(async () => {
  leads = await createLegacyLeads(VALUES);
  const first = await leads.connect();
  await first.query('BEGIN');
  await first.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[HELD]]);
  await requestMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await work(100);
  expect(await readPart()).toMatchObject({ stage: 'await' });
  await first.query('COMMIT');
  holder = await leads.connect();
  await holder.query(`SET application_name = 'a batch job'; BEGIN`);
  await holder.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[HELD]]);
});
afterEach(() => leads.close());

const work = (batchSize: number) => workOnce(leads.crm.owner.sql, leads.scope, { batchSize, openTransactionCap: 60_000 });
const change = (assignments: string) =>
  leads.client.query(`UPDATE choice_tenant_state SET ${assignments} WHERE field = 'Lead.industry' AND wanted`);
/** After a pass it rests. */
const endRest = () => change('retry_at = NULL');

interface PartRow {
  readonly stage: string;
  readonly cursor: string | null;
  readonly since: string | null;
  readonly late: boolean | null;
  readonly wanted: boolean;
  readonly error: string | null;
}

async function readPart(): Promise<PartRow> {
  const { rows } = await leads.client.query<PartRow>(
    `SELECT stage, cursor, awaited_since::text AS since, awaited_since < now() - interval '30 minutes' AS late, wanted, error
     FROM choice_tenant_state WHERE field = 'Lead.industry' AND tenant_id = $1`,
    [leads.tenantId],
  );
  return rows[0]!;
}

test('passes of several batches that go by a held row end after the cap, and name its holder', async () => {
  let since: string | null = null;
  for (let passes = 0; passes < 2;) {
    await work(2);
    const part = await readPart();
    expect(part.stage).toBe('final');
    // From the end of the first pass on.
    if (since !== null) expect(part.since).toBe(since);
    else expect(part.since === null).toBe(part.cursor !== null);
    since = part.since;
    if (part.cursor === null) passes += 1;
    await endRest();
  }
  await change(`awaited_since = awaited_since - interval '1 hour'`);
  for (let batches = 0; batches < 3; batches++) await work(2);
  expect(await readPart()).toMatchObject({ wanted: false, error: expect.stringMatching(/pid \d+ \(a batch job\) holds rows/) });
});

test('held rows are waited for as long as the cap allows, however long transactions were waited for before', async () => {
  await change(`awaited_since = awaited_since - interval '1 hour'`);
  await work(100);
  expect(await readPart()).toMatchObject({ stage: 'final', late: false });
  await endRest();
  await work(100);
  expect(await readPart()).toMatchObject({ wanted: true, late: false, error: null });
  await holder.query('COMMIT');
  await endRest();
  await work(100);
  await work(100);
  expect(await readPart()).toMatchObject({ wanted: false, error: null });
});
