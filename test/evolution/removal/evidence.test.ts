import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createVersionSchemas } from '../../../src/app.ts';
import { annotateCrmSchema } from '../../../src/crm/crm-schema.ts';
import { describeRemovalBlockers } from '../../../src/evolution/removal/describe-removal-blockers.ts';
import type { RemovalVerdict } from '../../../src/evolution/removal/verdict.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { all, DAY, decide, useRemovalWorld } from './removal-world.ts';

const world = useRemovalWorld(annotateCrmSchema);
const reasonsOf = ([first]: readonly RemovalVerdict[]) => first!.keys.evidence.reasons;

describe('INSUFFICIENT_EVIDENCE', () => {
  const OPERATION = '{ viewer { subject } }';
  const expectReason = async (code: string, message: RegExp) => {
    const verdicts = await world.ask();
    expect(decide(verdicts)).toEqual(all('INSUFFICIENT_EVIDENCE'));
    expect(reasonsOf(verdicts)).toEqual([{ code, message: expect.stringMatching(message) }]);
  };

  test('nothing was ever recorded', async () => {
    await expectReason('NEVER_RECORDED', /^Nothing was ever recorded .*: have every server record for 30 days$/);
  });

  test('the records are shorter than the window', async () => {
    await world.startRecorder(12);
    await expectReason('TOO_SHORT', /^What clients use is recorded since \S+Z: 12 days of the 30 days asked for\. Wait until \S+Z$/);
    expect(decide(await world.ask({ window: 11 * DAY, leastWindow: DAY }))).toEqual(all('SAFE'));
  });

  test('nobody recorded for some of the time', async () => {
    await (await world.startRecorder(30)).close();
    await world.age(10);
    await world.startRecorder(9);
    await expectReason(
      'GAPS',
      /^It is known for 96\.\d % of the time what clients used, and 99 % are asked for: no collector ran from \S+Z to \S+Z\. Keep a server running until \S+Z$/,
    );
    await world.query(`UPDATE usage_collector SET started_at = started_at - interval '23 hours' WHERE stopped_at IS NULL`);
    expect(decide(await world.ask())).toEqual(all('SAFE'));
  });

  test('a server stored nothing for hours, though that is less than 1 % of the time', async () => {
    await world.startRecorder(40);
    await world.startRecorder(41);
    await world.query(
      `WITH gone AS (
         UPDATE usage_collector SET seen_at = now() - interval '10 days' WHERE started_at < now() - interval '40 days 12 hours'
         RETURNING process_id, seen_at)
       INSERT INTO usage_collector_end SELECT process_id, seen_at + interval '7 hours' FROM gone`,
    );
    await expectReason(
      'NOT_STORING',
      /^A server lived and stored nothing of what it recorded from \S+Z to \S+Z: nobody knows what was used then\. .* until \S+Z$/,
    );
    const { figures, gaps } = (await world.ask())[0]!.keys.evidence;
    expect(figures.coveredShare).toBeGreaterThan(0.99);
    expect(gaps).toEqual([expect.objectContaining({ kind: 'NOT_STORING' })]);
    // Once the window begins after it, it says nothing of it.
    await world.query(`UPDATE usage_collector SET seen_at = seen_at - interval '25 days' WHERE seen_at < now() - interval '1 day'`);
    await world.query(`UPDATE usage_collector_end SET alive_at = alive_at - interval '25 days'`);
    expect(decide(await world.ask())).toEqual(all('SAFE'));
  });

  test('that a server died is put up with, for the seconds that it took with it, and shown', async () => {
    await world.startRecorder(40);
    await world.startRecorder(41);
    await world.query(
      `UPDATE usage_collector SET seen_at = now() - interval '10 days', flush_ms = 5000 WHERE started_at < now() - interval '40 days 12 hours'`,
    );
    const verdicts = await world.ask();
    expect(decide(verdicts)).toEqual(all('SAFE'));
    expect(verdicts[0]!.keys.evidence.gaps).toMatchObject([{ kind: 'DIED', why: 'a collector died: at most 5 s are lost' }]);
  });

  test('a gap before the beginning of the records is told as their shortness alone', async () => {
    await (await world.startRecorder(10)).close();
    await world.age(10);
    await world.startRecorder(8);
    expect(reasonsOf(await world.ask()).map(({ code }) => code)).toEqual(['TOO_SHORT', 'GAPS']);
    await world.query(`UPDATE usage_collector SET started_at = started_at - interval '48 hours' WHERE stopped_at IS NULL`);
    expect(reasonsOf(await world.ask()).map(({ code }) => code)).toEqual(['TOO_SHORT']);
  });

  test('operations were not kept with all that they used', async () => {
    await world.startRecorder(40, { limits: { shapes: 1 } });
    await world.execute(OPERATION);
    await world.execute('{ leads { nodes { id } } }');
    await expectReason('LOST', /^1 operation was not kept with all that it used, .*usage_operations_lost_total/);
  });

  test('too many operations came from clients that nobody can name', async () => {
    await world.startRecorder(40);
    for (let count = 1; count < 19; count += 1) await world.execute(OPERATION);
    await world.execute(OPERATION, { client: '' });
    expect(decide(await world.ask())).toEqual(all('SAFE'));
    await world.execute(OPERATION, { client: '' });
    await expectReason('UNNAMED', /^9\.6 % of the operations .* at most 5 % may\. Have every client send apollographql-client-name$/);
  });

  test('not one operation was recorded', async () => {
    await world.startRecorder(40);
    await world.query('TRUNCATE usage_collector_hour');
    await expectReason(
      'NO_TRAFFIC',
      /^Not one operation is recorded since \S+Z: .* says nothing\. Ask the database that serves your clients$/,
    );
    expect((await world.ask())[0]!.keys.evidence.figures).toMatchObject({ coveredShare: 1, operations: 0 });
  });

  test('counts of a part of the window were deleted', async () => {
    await world.startRecorder(60);
    await world.query(`UPDATE usage_retention SET kept_since = now() - interval '40 days'`);
    expect(decide(await world.ask())).toEqual(all('SAFE'));
    const asked = await world.ask({ window: 50 * DAY });
    expect(decide(asked)).toEqual(all('INSUFFICIENT_EVIDENCE'));
    expect(reasonsOf(asked)).toEqual([
      {
        code: 'PRUNED',
        message: expect.stringMatching(/^Counts from before \S+Z were deleted\. Ask about a window that begins after it$/),
      },
    ]);
    await world.query('UPDATE usage_retention SET kept_since = NULL');
  });

  test('the window is shorter than 30 days: one may look, but nothing is safe', async () => {
    await world.startRecorder(40);
    for (const window of [1_000, 30 * DAY - 1]) {
      const verdicts = await world.ask({ window });
      expect(decide(verdicts)).toEqual(all('INSUFFICIENT_EVIDENCE'));
      expect(reasonsOf(verdicts).map(({ code }) => code)).toContain('SHORT_WINDOW');
    }
    expect(reasonsOf(await world.ask({ window: 7 * DAY }))[0]!.message).toBe(
      'Silence for 7 days is no evidence: it takes 30 days at least for a member to go. Ask about a window of that length',
    );
  });

  test('a registered document may use it through a variable, and nobody knows what is sent there', async () => {
    await world.startRecorder(40);
    const create = 'mutation Create($input: CreateLeadInput!) { createLead(input: $input) { lead { id } } }';
    const text = JSON.stringify({ d1: create, d2: 'query Leads($filter: LeadFilter) { leads(filter: $filter) { nodes { id } } }' });
    await registerManifest(world.crm.owner.sql, { client: 'kiosk', clientVersion: '7', text }, await createVersionSchemas());
    const [member, industry, filter] = await world.ask();
    expect(decide([member!, industry!, filter!])).toEqual({
      'CreateLeadInput.industry': 'INSUFFICIENT_EVIDENCE',
      'Lead.industry': 'SAFE',
      'LeadFilter.industry': 'INSUFFICIENT_EVIDENCE',
    });
    expect(member!.keys).toMatchObject({ clients: { ok: true, registered: [] }, evidence: { registered: [{ documentId: 'd1' }] } });
    expect(describeRemovalBlockers(member!)).toEqual([
      {
        code: 'INSUFFICIENT_EVIDENCE',
        coordinate: 'CreateLeadInput.industry',
        message: expect.stringMatching(
          /^CreateLeadInput\.industry: the client "kiosk" 7 registered Create \(document "d1"\), whose variables may use it, and was not seen/,
        ),
      },
    ]);

    const [seenByAcme] = await world.ask({ tenant: world.crm.tenant('acme') });
    expect(seenByAcme).toMatchObject({
      verdict: 'INSUFFICIENT_EVIDENCE',
      keys: {
        clients: { othersUsing: 0 },
        evidence: {
          registered: [],
          reasons: [{ code: 'REGISTERED_VARIABLES', message: '1 client registered documents whose variables may use it' }],
        },
      },
    });
    expect(JSON.stringify(seenByAcme)).not.toMatch(/kiosk|Create \(|d1/);

    const kiosk = { client: 'kiosk', clientVersion: '7', operation: 'Create' };
    await world.execute(create, kiosk, { input: { firstName: 'A', industryRef: { key: 'tech' } } });
    expect(decide(await world.ask({ coordinates: ['CreateLeadInput.industry'] }))).toEqual({ 'CreateLeadInput.industry': 'SAFE' });
    await world.execute(create, kiosk, { input: { firstName: 'A', industry: 'tech' } });
    expect(decide(await world.ask({ coordinates: ['CreateLeadInput.industry'] }))).toEqual({ 'CreateLeadInput.industry': 'IN_USE' });
  });

  describe('who writes the data the old way is not known for as long', () => {
    beforeEach(() => world.query(`UPDATE choice_field_state SET expanded_at = now() - interval '20 days'`));
    afterEach(() => world.query(`UPDATE choice_field_state SET expanded_at = now() - interval '60 days'`));

    test('which is no fault of the data', async () => {
      await world.startRecorder(40);
      await expectReason('WRITERS', /^Lead\.industry: who writes only the legacy column is recorded since/);
      expect((await world.ask())[0]!.keys.data).toEqual({ ok: true, blockers: [] });
      expect(decide(await world.ask({ window: 19 * DAY, leastWindow: DAY }))).toEqual(all('SAFE'));
    });
  });
});
