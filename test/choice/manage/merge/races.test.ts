import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { sqlOn } from '../../../../src/database/sql-on-client.ts';
import { startTestApi } from '../../../harness/test-api.ts';
import { waitUntilBlocked } from '../../sessions.ts';
import { createMergeCrm, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
let leads: string[];
const start = async (phase: 'migrated' | 'contracted') => {
  leads = [];
  merging = await createMergeCrm(phase, async (crm) => {
    for (const value of ['finance', 'finance', 'Bank', 'tech', 'retail']) leads.push(await crm.insert(LEAD, value));
  });
};
afterEach(() => merging.close());

const read = async (id: string) => (await merging.read(LEAD)).get(id);
/** A transaction in which choices are merged or parted, and which is still open. */
async function hold(work: (client: pg.Client) => Promise<unknown>): Promise<pg.Client> {
  const client = await merging.connect();
  await client.query('BEGIN');
  await work(client);
  return client;
}
const merge = (client: pg.Client) => merging.merge(['finance'], 'tech', {}, sqlOn(client));
const undo = (client: pg.Client) => merging.undo('finance', {}, sqlOn(client));
const insert = async (client: pg.Client, value: string) =>
  (
    await client.query<{ id: string }>(
      `INSERT INTO lead (tenant_id, first_name, last_name, email, company, lead_source, industry) VALUES ($1, 'A', 'B', 'a@b', 'C', 'web', $2) RETURNING id`,
      [merging.acme, value],
    )
  ).rows[0]!.id;

describe('a writer that met the choices as they were', () => {
  beforeEach(() => start('migrated'));

  test('before a merge looks again once that has ended, and lands on the survivor', async () => {
    const merger = await hold(merge);
    const writer = await merging.connect();
    const written = insert(writer, 'Bank');
    await waitUntilBlocked(merging.client, merger);
    await merger.query('COMMIT');
    expect(await read(await written)).toEqual(['Bank', 'tech']);
  });

  test('before a merge was undone looks again, too', async () => {
    await merging.merge(['finance'], 'tech');
    const parting = await hold(undo);
    const writer = await merging.connect();
    const written = insert(writer, 'Bank');
    await waitUntilBlocked(merging.client, parting);
    await parting.query('COMMIT');
    expect(await read(await written)).toEqual(['Bank', 'finance']);
  });

  test.each([
    ['merge', () => merging.merge(['finance'], 'tech'), 'tech'],
    ['undoing', () => merging.undo('finance'), 'finance'],
  ])('before a %s, and sees nothing newer, is followed by the run or refused', async (step, change, key) => {
    if (step === 'undoing') await merging.merge(['finance'], 'tech');
    const writer = await merging.connect();
    await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM industry');
    await change();
    const written = await insert(writer, 'Bank').catch((error: unknown) => error);
    await writer.query('COMMIT');
    await merging.settle();
    if (typeof written === 'string') expect(await read(written)).toEqual(['Bank', key]);
    else expect(written).toMatchObject({ code: '40001' });
  });

  test('and may still write by them is waited for, and named where that takes too long', async () => {
    const writer = await merging.connect();
    await writer.query(`SET application_name = 'a nightly job'; BEGIN; SELECT FROM lead`);
    await merging.merge(['finance'], 'tech');
    const { ok, blockers } = await merging.settle({ openTransactionCap: 0 });
    expect(ok).toBe(false);
    expect(blockers).toEqual([
      { code: 'OPEN_TRANSACTION', tenant: 'acme', message: expect.stringMatching(/Industry choices of acme .*pid \d+ \(a nightly job\)/) },
    ]);
    await writer.query('COMMIT');
    expect(await merging.settle()).toMatchObject({ ok: true });
    expect(await merging.settle({ openTransactionCap: 0 })).toMatchObject({ ok: true });
  });
});

describe('a merge', () => {
  beforeEach(() => start('migrated'));

  test('waits for no record: one that somebody holds follows later', async () => {
    const writer = await merging.connect();
    await writer.query('BEGIN');
    await writer.query(`UPDATE lead SET company = 'Other' WHERE id = $1`, [leads[0]]);
    expect(await merging.merge(['finance'], 'tech')).toMatchObject({ moved: 2 });
    await writer.query(`UPDATE lead SET industry = 'Bank' WHERE id = $1`, [leads[0]]);
    await writer.query('COMMIT');
    await merging.settle();
    expect(await read(leads[0]!)).toEqual(['Bank', 'tech']);
  });

  test.each([
    ['tech', 'finance'],
    ['finance', 'tech'],
  ])('holds no choice while it waits for another: who has written %s may go on to write %s', async (first, second) => {
    const writer = await merging.connect();
    await writer.query('BEGIN');
    await insert(writer, first);
    const merged = merging.merge(['finance'], 'tech');
    await waitUntilBlocked(merging.client, writer);
    await writer.query(`SET LOCAL lock_timeout = '1ms'`);
    await insert(writer, second);
    await writer.query('COMMIT');
    expect(await merged).toMatchObject({ merges: [{ loserId: await merging.id('finance') }] });
    await merging.settle();
    expect([...(await merging.read(LEAD)).values()].filter(([, ref]) => ref === 'finance')).toEqual([]);
  });

  test('that meets another one of the same choices is refused with the choice as it is by then', async () => {
    const merger = await hold(merge);
    const second = merging.merge(['finance'], 'retail').catch((error: unknown) => error);
    await waitUntilBlocked(merging.client, merger);
    await merger.query('COMMIT');
    expect(await second).toMatchObject({ code: 'CONFLICT', data: { current: { key: 'finance', mergedIntoId: await merging.id('tech') } } });
  });

  test('into a choice that is merged away at this moment is refused', async () => {
    const merger = await hold((client) => merging.merge(['tech'], 'retail', {}, sqlOn(client)));
    const second = merging.merge(['finance'], 'tech').catch((error: unknown) => error);
    await waitUntilBlocked(merging.client, merger);
    await merger.query('COMMIT');
    expect(await second).toMatchObject({ code: 'CONFLICT', data: { path: 'survivorId' } });
    expect(await merging.readRoots()).toEqual({ tech: 'retail' });
  });
});

describe.each(['migrated', 'contracted'] as const)('a write of the API at %s', (phase) => {
  beforeEach(() => start(phase));

  test.each([
    ['by its string', '{ industry: "Bank" }', 'Bank'],
    ['by its key', '{ industryRef: { key: "finance" } }', 'tech'],
  ])('of a choice that is merged at this moment lands on the survivor: %s', async (_, input, string) => {
    const api = await startTestApi(merging.crm);
    const merger = await hold(merge);
    const written = api.send(`mutation { updateLead(id: "${leads[4]}", input: ${input}) { lead { industry industryRef { key } } } }`);
    await waitUntilBlocked(merging.client, merger);
    await merger.query('COMMIT');
    const { body } = await written;
    await api.close();
    expect(body).toEqual(expect.objectContaining({ data: { updateLead: { lead: { industry: string, industryRef: { key: 'tech' } } } } }));
    expect(await read(leads[4]!)).toEqual([string, 'tech']);
  });

  test('of a choice that is merged at this moment goes by the survivor: one that is inactive by then is refused', async () => {
    const api = await startTestApi(merging.crm);
    const merger = await hold(async (client) => {
      await merge(client);
      await client.query(`UPDATE industry SET active = false WHERE tenant_id = $1 AND key = 'tech'`, [merging.acme]);
    });
    const written = api.send(`mutation { updateLead(id: "${leads[4]}", input: { industry: "Bank" }) { lead { id } } }`);
    await waitUntilBlocked(merging.client, merger);
    await merger.query('COMMIT');
    const { body } = await written;
    await api.close();
    expect(body.errors).toMatchObject([{ extensions: { code: 'CHOICE_INACTIVE', key: 'tech' } }]);
    expect(await read(leads[4]!)).toEqual(['retail', 'retail']);
  });

  test('that came first is waited for, and its record moves', async () => {
    const api = await startTestApi(merging.crm);
    const gate = await merging.connect('owner');
    await gate.query('BEGIN');
    await gate.query('SELECT FROM industry WHERE tenant_id = $1 AND key = $2 FOR UPDATE', [merging.acme, 'finance']);
    const written = api.send(`mutation { updateLead(id: "${leads[4]}", input: { industry: "Bank" }) { lead { industryRef { key } } } }`);
    await waitUntilBlocked(merging.client, gate);
    const merged = merging.merge(['finance'], 'tech');
    await waitUntilBlocked(merging.client, gate, 2);
    await gate.query('COMMIT');
    const { body } = await written;
    await merged;
    await merging.settle();
    await api.close();
    expect(body.data.updateLead.lead.industryRef.key).toMatch(/finance|tech/);
    expect(await read(leads[4]!)).toEqual(['Bank', 'tech']);
  });

  test('of the survivor’s own alias, when the merge is undone, stays with that', async () => {
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    const api = await startTestApi(merging.crm);
    const parting = await hold(undo);
    const written = api.send(`mutation { updateLead(id: "${leads[4]}", input: { industry: "Bank" }) { lead { industryRef { key } } } }`);
    await waitUntilBlocked(merging.client, parting);
    await parting.query('COMMIT');
    const { body } = await written;
    await api.close();
    expect(body.data.updateLead.lead.industryRef.key).toBe('finance');
    expect(await read(leads[4]!)).toEqual(['Bank', 'finance']);
  });
});

test('a string that is written while its row is on its way back is not lost, where the column is gone', async () => {
  await start('contracted');
  await merging.merge(['finance'], 'tech');
  await merging.settle();
  await merging.undo('finance', { mostAtOnce: 0 });
  // Of the other string's rows there is none to stop at.
  await merging.client.query('DELETE FROM lead WHERE id = $1', [leads[2]]);
  // Whoever moves rows stops here, with its snapshot taken.
  await merging.client.query(`
    ALTER TABLE choice_quarantine RENAME TO quarantined;
    CREATE FUNCTION pass_gate() RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN true; END $$;
    CREATE VIEW choice_quarantine AS SELECT * FROM quarantined UNION ALL SELECT * FROM quarantined WHERE (SELECT NOT pass_gate())`);
  const gate = await merging.connect('owner');
  await gate.query('SELECT pg_advisory_lock(1)');
  const settled = merging.settle();
  await waitUntilBlocked(merging.client, gate);
  await merging.write(LEAD, leads[0]!, 'IT ');
  await gate.query('SELECT pg_advisory_unlock(1)');
  expect(await settled).toMatchObject({ ok: true });
  expect(await read(leads[0]!)).toEqual(['IT ', 'tech']);
  expect(await read(leads[1]!)).toEqual(['finance', 'finance']);
});
