import { beforeEach, describe, expect, test } from '@jest/globals';
import { annotateCrmSchema } from '../../../src/crm/crm-schema.ts';
import { createVersionSchemas } from '../../../src/app.ts';
import { describeRemovalBlockers } from '../../../src/evolution/removal/describe-removal-blockers.ts';
import { createRemovalStore } from '../../../src/evolution/removal/removal-store.ts';
import type { RemovalRecords } from '../../../src/evolution/removal/removal-store.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { insertRecord } from '../../crm/records.ts';
import { connect } from '../../choice/writers.ts';
import { AFTER_SUNSET, all, DAY, decide, INDUSTRY, useRemovalWorld, WINDOW } from './removal-world.ts';

const world = useRemovalWorld(annotateCrmSchema);
const LEADS = '{ leads { nodes { industry } } }';

describe('after 40 days of records', () => {
  beforeEach(async () => void (await world.startRecorder(40)));

  test('SAFE: nobody used it, the data is ready, the sunset has passed', async () => {
    const [create, industry] = await world.ask();
    expect(industry).toEqual({
      coordinate: 'Lead.industry',
      reason: 'Use `industryRef { key label }`. Removed in 2027-07.',
      replacement: 'industryRef { key label }',
      since: '2026-11',
      sunset: '2027-07',
      verdict: 'SAFE',
      keys: {
        clients: { ok: true, uses: [], registered: [], othersUsing: 0, leavePinned: false },
        data: { ok: true, blockers: [] },
        calendar: { ok: true, passesOn: '2027-07-01' },
        evidence: {
          ok: true,
          reasons: [],
          figures: {
            window: 30 * 86_400,
            since: new Date(AFTER_SUNSET.getTime() - WINDOW),
            coveredShare: 1,
            operations: 1,
            unnamedOperations: 0,
            lostOperations: 0,
          },
          registered: [],
          gaps: [],
        },
      },
    });
    expect(create!.coordinate).toBe('CreateLeadInput.industry');
    expect(describeRemovalBlockers(industry!)).toEqual([]);
  });

  test('the use of its replacement does not keep it, nor does that of its namesakes', async () => {
    await world.execute('{ leads(filter: { industryRef: { key: ["tech"] } }) { nodes { industryRef { key } } } }');
    await world.execute('{ accounts { nodes { industry } } }');
    expect(decide(await world.ask())).toEqual(all('SAFE'));
  });

  test('IN_USE: by a live client, on whatever version, and only the member that it used', async () => {
    await world.execute(LEADS, { version: '2026-01' });
    await world.execute(LEADS, { version: '2026-01' });
    const verdicts = await world.ask();
    expect(decide(verdicts)).toEqual({ ...all('SAFE'), 'Lead.industry': 'IN_USE' });
    const industry = verdicts[1]!;
    expect(industry.keys.clients).toMatchObject({
      ok: false,
      uses: [{ version: '2026-01', client: 'web', clientVersion: '1.4.0', operation: 'Leads', count: 2, lastSeen: expect.any(Date) }],
    });
    const [blocker, ...others] = describeRemovalBlockers(industry);
    expect(others).toEqual([]);
    expect(blocker).toMatchObject({ code: 'IN_USE', coordinate: 'Lead.industry' });
    expect(blocker!.message).toMatch(
      /^Lead\.industry: the client "web" 1\.4\.0 used it 2 times, last at \S+Z, in Leads on 2026-01\. Move it to `industryRef \{ key label \}`$/,
    );
  });

  test('IN_USE: of an input, by what variables bring in', async () => {
    const query = 'query Leads($filter: LeadFilter) { leads(filter: $filter) { nodes { id } } }';
    await world.execute(query, {}, { filter: { industryRef: { key: ['tech'] } } });
    expect(decide(await world.ask())).toEqual(all('SAFE'));
    await world.execute(query, { client: '' }, { filter: { industry: 'tech' } });
    const verdicts = await world.ask();
    expect(decide(verdicts)).toMatchObject({ 'Lead.industry': 'INSUFFICIENT_EVIDENCE', 'LeadFilter.industry': 'IN_USE' });
    expect(describeRemovalBlockers(verdicts[2]!)[0]!.message).toContain('a client that does not name itself used it 1 time,');
  });

  test('what only a default value did is no use, nor is what happened before the window', async () => {
    await world.execute(LEADS, { used: { explicit: ['Query.leads'], defaulted: ['Lead.industry'] } });
    expect(decide(await world.ask())).toEqual(all('SAFE'));
    await world.execute(LEADS);
    expect(decide(await world.ask({ coordinates: ['Lead.industry'] }))).toEqual({ 'Lead.industry': 'IN_USE' });
    await world.query(`UPDATE usage_hour SET hour = hour - interval '31 days', last_seen = last_seen - interval '31 days'`);
    expect(decide(await world.ask({ coordinates: ['Lead.industry'] }))).toEqual({ 'Lead.industry': 'SAFE' });
    expect(decide(await world.ask({ coordinates: ['Lead.industry'], window: 35 * DAY }))).toEqual({ 'Lead.industry': 'IN_USE' });
  });

  test('IN_USE: by a registered document alone, until it is taken back', async () => {
    const register = async (text: string) =>
      registerManifest(
        world.crm.owner.sql,
        { client: 'kiosk', clientVersion: '', text: JSON.stringify({ d1: text }) },
        await createVersionSchemas(),
      );
    await register('query Board { leads { nodes { industry } } }');
    const verdicts = await world.ask();
    expect(decide(verdicts)).toEqual({ ...all('SAFE'), 'Lead.industry': 'IN_USE' });
    expect(verdicts[1]!.keys.clients).toMatchObject({
      uses: [],
      registered: [{ client: 'kiosk', clientVersion: '', operation: 'Board', documentId: 'd1' }],
    });
    expect(describeRemovalBlockers(verdicts[1]!)[0]!.message).toContain('the client "kiosk" registered documents with it, in Board');
    await register('query Board { leads { nodes { industryRef { key } } } }');
    expect(decide(await world.ask())).toEqual(all('SAFE'));
  });

  test('what is pinned to a version is left there if that is asked for, and is still told of', async () => {
    const pinned = { version: '2026-01', pinned: true };
    await world.execute(LEADS, pinned);
    const leave = async () => (await world.ask({ coordinates: ['Lead.industry'], leavePinned: true }))[0]!;
    expect(decide(await world.ask({ coordinates: ['Lead.industry'] }))).toEqual({ 'Lead.industry': 'IN_USE' });
    const left = await leave();
    expect(left).toMatchObject({
      verdict: 'SAFE',
      keys: { clients: { ok: true, leavePinned: true, uses: [{ version: '2026-01', pinned: true, client: 'web', tenant: 'acme' }] } },
    });
    expect(describeRemovalBlockers(left)).toEqual([]);

    const register = async (operation: string) =>
      registerManifest(
        world.crm.owner.sql,
        { client: 'web', clientVersion: '1.4.0', text: JSON.stringify({ d1: `query ${operation} ${LEADS}` }) },
        await createVersionSchemas(),
      );
    await register('Leads');
    expect(await leave()).toMatchObject({ verdict: 'SAFE', keys: { clients: { registered: [{ operation: 'Leads' }] } } });
    await register('Silent');
    expect(await leave()).toMatchObject({ verdict: 'IN_USE' });
    await register('Leads');
    // Anybody can send its names with another text.
    await register('Other');
    await world.execute('query Other { accounts { nodes { industry } } lead(id: "1") { industry } }', { ...pinned, operation: 'Other' });
    expect(await leave()).toMatchObject({ verdict: 'IN_USE', keys: { clients: { registered: [{ operation: 'Other', pinned: false }] } } });
    await register('Leads');

    await world.execute(LEADS, { tenantId: world.crm.tenant('globex').id, client: 'theirs' });
    const blockers = describeRemovalBlockers(await leave());
    expect(blockers).toMatchObject([{ code: 'IN_USE', message: expect.stringContaining('the client "theirs" 1.4.0 used it 1 time,') }]);
    const acme = await world.ask({ coordinates: ['Lead.industry'], leavePinned: true, tenant: world.crm.tenant('acme') });
    expect(acme[0]!.keys.clients).toMatchObject({
      ok: false,
      uses: [{ operation: 'Other' }, { client: 'web', operation: 'Leads' }],
      othersUsing: 1,
    });
  });

  test('TOO_EARLY: until the month of its sunset begins, in UTC', async () => {
    const early = await world.ask({ store: world.storeAt(new Date('2027-06-30T23:59:59.999Z')) });
    expect(decide(early)).toEqual(all('TOO_EARLY'));
    expect(early[1]!.keys).toMatchObject({ calendar: { ok: false, passesOn: '2027-07-01' }, data: { ok: true }, evidence: { ok: true } });
    expect(describeRemovalBlockers(early[1]!)).toMatchObject([
      { code: 'TOO_EARLY', message: 'Lead.industry: clients were told that it stays until 2027-07: it may go on 2027-07-01' },
    ]);
    expect(decide(await world.ask({ store: world.storeAt(new Date('2027-07-01T00:00:00Z')) }))).toEqual(all('SAFE'));
  });

  test('DATA_NOT_READY: a value that no choice has, until the column is gone', async () => {
    const id = await insertRecord(world.crm, 'lead', { industry: 'Mystery' });
    const verdicts = await world.ask();
    expect(decide(verdicts)).toEqual(all('DATA_NOT_READY'));
    expect(verdicts[1]!.keys.data).toMatchObject({ ok: false, blockers: [{ code: 'UNMAPPED', field: 'Lead.industry', tenant: 'acme' }] });
    expect(describeRemovalBlockers(verdicts[1]!)).toMatchObject([
      { code: 'DATA_NOT_READY', message: expect.stringContaining('of acme: 1 rows carry') },
    ]);
    await world.query('DELETE FROM lead WHERE id = $1', id);
    expect(decide(await world.ask())).toEqual(all('SAFE'));
  });

  test('DATA_NOT_READY: somebody writes only the legacy column', async () => {
    const billing = await connect(world.crm.database.ownerUrl, `SET application_name = 'billing'`);
    await billing.query(
      `INSERT INTO lead (tenant_id, first_name, last_name, email, company, lead_source, industry) VALUES ($1, 'A', 'B', 'a@b', 'C', 'web', 'tech')`,
      [world.crm.tenant('globex').id],
    );
    await billing.end();
    const verdicts = await world.ask();
    expect(decide(verdicts)).toEqual(all('DATA_NOT_READY'));
    expect(verdicts[1]!.keys.data.blockers).toMatchObject([{ code: 'LEGACY_WRITERS', message: expect.stringContaining('"billing"') }]);
    await world.query('DELETE FROM choice_legacy_writer');
    expect(decide(await world.ask())).toEqual(all('SAFE'));
  });

  test('DATA_NOT_READY: a field that is not migrated at all; each coordinate has its own field behind it', async () => {
    const verdicts = await world.ask({ coordinates: ['Lead.industry', 'Lead.leadSource', 'LeadFilter.leadSource'] });
    expect(decide(verdicts)).toEqual({
      'Lead.industry': 'SAFE',
      'Lead.leadSource': 'DATA_NOT_READY',
      'LeadFilter.leadSource': 'DATA_NOT_READY',
    });
  });

  test('every key is told of at once; the first that fails is the verdict', async () => {
    await world.execute(LEADS);
    const id = await insertRecord(world.crm, 'lead', { industry: 'Mystery' });
    await world.query('UPDATE usage_collector_hour SET lost = 1');
    const verdicts = await world.ask({ store: world.storeAt(new Date('2027-01-01')) });
    await world.query('DELETE FROM lead WHERE id = $1', id);
    expect(decide(verdicts)).toEqual({ ...all('DATA_NOT_READY'), 'Lead.industry': 'IN_USE' });
    expect(describeRemovalBlockers(verdicts[1]!).map(({ code }) => code)).toEqual([
      'IN_USE',
      'DATA_NOT_READY',
      'TOO_EARLY',
      'INSUFFICIENT_EVIDENCE',
    ]);
  });

  test('one tenant sees its own, and of others a number; the verdict stays that over all', async () => {
    await world.execute(LEADS, { tenantId: world.crm.tenant('globex').id, client: 'secret', operation: 'Hidden' });
    await world.execute(LEADS, { tenantId: null, client: 'console', operation: 'Hidden' });
    const ids = [await insertRecord(world.crm, 'lead', { industry: 'Mystery' }, 'globex')];
    const manifest = { client: 'kiosk', clientVersion: '', text: JSON.stringify({ d1: LEADS }) };
    await registerManifest(world.crm.owner.sql, manifest, await createVersionSchemas());
    const seenBy = async (slug: string) => (await world.ask({ coordinates: ['Lead.industry'], tenant: world.crm.tenant(slug) }))[0]!;
    const acme = await seenBy('acme');
    ids.push(await insertRecord(world.crm, 'lead', { industry: 'Riddle' }));
    const both = await seenBy('acme');
    await world.query('DELETE FROM lead WHERE id = ANY ($1)', ids);

    expect(acme).toMatchObject({
      verdict: 'IN_USE',
      keys: {
        clients: { ok: false, uses: [], registered: [], othersUsing: 3 },
        data: { ok: false, blockers: [{ code: 'OTHER_TENANTS', message: 'Lead.industry: the data of 1 other tenant is not ready' }] },
      },
    });
    expect(JSON.stringify(acme)).not.toMatch(/secret|console|kiosk|Hidden|globex/);
    expect(describeRemovalBlockers(acme)[0]!.message).toBe('Lead.industry: 3 other clients may use it');
    expect(both.keys.data.blockers).toMatchObject([{ code: 'UNMAPPED', tenant: 'acme' }, { code: 'OTHER_TENANTS' }]);
    const globex = await seenBy('globex');
    expect(globex.keys.clients).toMatchObject({ uses: [{ client: 'secret', operation: 'Hidden' }], othersUsing: 2 });
  });

  test('of more uses than can be listed it is known how many clients there are, and a tenant sees its own', async () => {
    await world.execute(LEADS);
    await world.query(
      `INSERT INTO usage_hour (hour, shape_id, client, client_version, tenant_id, count, last_seen)
       SELECT hour, shape_id, 'client ' || number, '', $1, 1, last_seen + interval '1 second' FROM usage_hour, generate_series(1, 1003) AS number`,
      world.crm.tenant('globex').id,
    );
    const [industry] = await world.ask({ coordinates: ['Lead.industry'] });
    expect(industry!.keys.clients.uses).toHaveLength(1_000);
    expect(industry!.keys.clients.othersUsing).toBe(4);
    expect(describeRemovalBlockers(industry!).at(-1)!.message).toBe('Lead.industry: 4 other clients may use it');
    const [acme] = await world.ask({ coordinates: ['Lead.industry'], tenant: world.crm.tenant('acme') });
    expect(acme!.keys.clients).toMatchObject({ ok: false, uses: [{ client: 'web' }], othersUsing: 1_003 });
  });

  test('all is judged as of one moment, whatever is recorded and registered meanwhile', async () => {
    const read = async (records: RemovalRecords) => [
      await records.readUse(INDUSTRY, new Date(0)),
      await records.readRegisteredUse(INDUSTRY, new Date(0)),
      (await records.readCollection(new Date(0))).operations,
      (await records.readCollection(new Date(0))).gaps.at(-1)?.to,
    ];
    await world.query('UPDATE usage_collector SET seen_at = $1, stopped_at = $1', new Date(Date.now() - DAY));
    const found = await createRemovalStore(world.crm.owner.sql, world.schema).read(async (records) => {
      const before = await read(records);
      await world.execute(LEADS);
      const manifest = { client: 'kiosk', clientVersion: '', text: JSON.stringify({ d1: LEADS }) };
      await registerManifest(world.crm.owner.sql, manifest, await createVersionSchemas());
      expect(await read(records)).toEqual(before);
      expect(before).toEqual([[], [], 1, records.now]);
      return read;
    });
    const after = await createRemovalStore(world.crm.owner.sql, world.schema).read(found);
    expect(after).toMatchObject([[{ client: 'web' }], [{ client: 'kiosk' }], 2, expect.any(Date)]);
  });

  test.each([
    [['Lead.industri'], /^"Lead\.industri" is not deprecated in 2026-11\. Did you mean Lead\.industry\b/],
    [['Lead.industryRef'], /^"Lead\.industryRef" is not deprecated in 2026-11\. Did you mean Lead\.industry\b/],
    [['Lead', 'Lead.industry', ''], /^"Lead" is not deprecated .*\n"" is not deprecated in 2026-11\. Expected the coordinate/],
  ])('%j: what is not deprecated is not judged', async (coordinates, message) => {
    await expect(world.ask({ coordinates })).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(message) }),
    );
  });
});
