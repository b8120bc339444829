import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readVerificationGauges } from '../../../src/choice/migrate/verify/verification-gauges.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { RecordedStream } from '../../cli/recorded-stream.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { insertRecord } from '../records.ts';
import { createFaultyCrm, type FaultyCrm, runCommand } from './verify-faults.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const ONLY = ['--field', FIELD.coordinate];

let faulty: FaultyCrm;
let ids: readonly string[];
beforeAll(async () => {
  faulty = await createFaultyCrm();
});
afterAll(() => faulty.close());
beforeEach(async () => {
  await faulty.owner.query('TRUNCATE lead, choice_verification CASCADE');
  const inserted: string[] = [];
  for (let row = 0; row < 3; row++)
    inserted.push((await insertRecord(faulty.owner, FIELD, faulty.crm.tenant('acme').id, { legacy: 'tech' })).id);
  ids = inserted;
});

const drift = () =>
  faulty.plant(
    `UPDATE lead SET industry_id = (SELECT id FROM industry WHERE tenant_id = lead.tenant_id AND key = 'finance') WHERE id = ANY ($1)`,
    [ids.slice(0, 2)],
  );
const gauges = async () => (await readVerificationGauges(faulty.crm.owner.sql)).find((field) => field.field === FIELD.coordinate)!;

describe('choices verify', () => {
  const verify = async (...options: string[]) => {
    const stdout = new RecordedStream();
    const exitCode = await runCommand(faulty.crm.database.ownerUrl, ['verify', ...ONLY, ...options], { stdout });
    return { exitCode, text: stdout.text };
  };

  test('records nothing unless it is told to', async () => {
    expect((await verify()).exitCode).toBe(0);
    expect((await gauges()).oldestSeconds).toBeNull();
    expect((await verify('--record')).exitCode).toBe(0);
    expect(await gauges()).toMatchObject({ rows: 3, mapped: 3, findings: {} });
  });

  test('answers with reports, findings and blockers, and exits 1 with findings', async () => {
    await drift();
    const { exitCode, text } = await verify('--json');
    expect(exitCode).toBe(1);
    const report = {
      field: 'Lead.industry',
      phase: 'populated',
      rows: 0,
      mapped: 0,
      empty: 0,
      missing: 0,
      drift: 0,
      unmapped: [],
      quarantined: 0,
      quarantinedMissing: 0,
    };
    expect(JSON.parse(text)).toEqual({
      ok: false,
      fields: [
        { ...report, tenant: 'acme', rows: 3, mapped: 3, drift: 2 },
        { ...report, tenant: 'globex' },
      ],
      findings: [
        {
          code: 'DRIFT',
          field: 'Lead.industry',
          tenant: 'acme',
          message: 'rows refer to another choice than their legacy value',
          count: 2,
          sampleIds: ids.slice(0, 2),
          remedy: 'choices map Lead.industry --tenant acme --remap VALUE=KEY',
          command: ['map', 'Lead.industry', '--tenant', 'acme', '--remap', 'tech=tech'],
        },
      ],
      blockers: [],
    });
  });

  test('that records keeps of each legacy writer what any window asks for: the latest sighting, and those of the last hour', async () => {
    const ages = async () =>
      (
        await faulty.owner.query<{ seen: string }>(
          `SELECT application || ' ' || round(extract(epoch FROM now() - seen_at) / 60) AS seen FROM choice_legacy_writer WHERE role = 'them' ORDER BY application, seen_at`,
        )
      ).rows.map(({ seen }) => seen);
    await faulty.owner.query(
      `INSERT INTO choice_legacy_writer (field, role, application, seen_at)
       SELECT 'Lead.industry', 'them', application, now() - make_interval(mins => minutes)
       FROM (VALUES ('billing', 3000), ('billing', 90), ('billing', 50), ('billing', 10), ('import', 4000), ('import', 3000)) AS sighting (application, minutes)`,
    );
    const before = await ages();
    expect(before).toHaveLength(6);
    await verify();
    expect(await ages()).toEqual(before);
    await verify('--record');
    expect(await ages()).toEqual(['billing 50', 'billing 10', 'import 3000']);
  });

  test('shows a remedy as one types it, to the byte', async () => {
    await faulty.plant(
      `UPDATE lead SET industry = E'it''s\\u00a0x', industry_id = (SELECT id FROM industry WHERE tenant_id = lead.tenant_id AND key = 'finance') WHERE id = $1`,
      [ids[0]],
    );
    expect((await verify()).text).toContain(String.raw`remedy: choices map Lead.industry --tenant acme --remap $'it\'s\302\240x=finance'`);
  });
});

describe('choices verify --watch', () => {
  let stdout: RecordedStream;
  let stderr: RecordedStream;
  let controller: AbortController;
  let ended: Promise<number>;

  const watch = (...options: string[]) => {
    [stdout, stderr, controller] = [new RecordedStream(), new RecordedStream(), new AbortController()];
    ended = runCommand(faulty.crm.database.ownerUrl, ['verify', '--watch', '1s', ...ONLY, ...options], {
      stdout,
      stderr,
      signal: controller.signal,
    });
  };
  const rounds = (text: string) => text.match(/^\S+Z 3 rows verified: .*$/gm) ?? [];
  afterEach(async () => {
    controller.abort();
    await ended;
  });

  test('tells of each round in a line, of findings when they change, records each round, and ends with what the last one found', async () => {
    watch();
    await waitUntil('a round without findings', async () => rounds(stdout.text).length === 1);
    expect(stdout.text).toContain('3 rows verified: no findings\n');
    expect(await gauges()).toMatchObject({ drift: 0, findings: {} });

    await drift();
    await waitUntil('the finding', async () => stdout.text.includes('DRIFT Lead.industry of acme: 2'));
    expect(stdout.text).toContain('remedy: choices map Lead.industry --tenant acme --remap tech=tech');
    const told = stdout.text.length;
    await waitUntil('a round that finds the same', async () => rounds(stdout.text.slice(told)).length > 0);
    expect(stdout.text.slice(told)).not.toContain('DRIFT');
    expect(await gauges()).toMatchObject({ drift: 2, findings: { DRIFT: 2 } });

    await faulty.plant('DELETE FROM lead WHERE id = ANY ($1)', [ids.slice(0, 2)]);
    await waitUntil('the end of it', async () => stdout.text.includes('DRIFT Lead.industry of acme: gone'));
    controller.abort();
    expect(await ended).toBe(0);
    expect(stderr.text).toBe('');
  });

  test('exits 1 where the last round found something; as JSON it answers with that round, and tells of the others on stderr', async () => {
    await drift();
    watch('--json');
    await waitUntil('a round', async () => rounds(stderr.text).length === 1);
    expect(stdout.text).toBe('');
    controller.abort();
    expect(await ended).toBe(1);
    expect(JSON.parse(stdout.text)).toMatchObject({ ok: false, findings: [{ code: 'DRIFT' }] });
  });

  test('goes on after a round that failed, and exits 1 if it was the last', async () => {
    watch();
    await waitUntil('a round', async () => rounds(stdout.text).length === 1);
    await faulty.owner.query('ALTER TABLE lead FORCE ROW LEVEL SECURITY');
    await waitUntil('the failure', async () => stderr.text.includes('could not verify: Row-level security hides rows of lead'));
    await faulty.owner.query('ALTER TABLE lead NO FORCE ROW LEVEL SECURITY');
    const told = stdout.text.length;
    await waitUntil('another round', async () => rounds(stdout.text.slice(told)).length > 0);
    controller.abort();
    expect(await ended).toBe(0);
  });

  test('that fails at once is a failure', async () => {
    await faulty.owner.query('ALTER TABLE lead FORCE ROW LEVEL SECURITY');
    watch();
    expect(await ended).toBe(1);
    await faulty.owner.query('ALTER TABLE lead NO FORCE ROW LEVEL SECURITY');
    expect(stderr.text).toContain('Row-level security hides rows of lead');
  });
});

describe('the gauges', () => {
  const record = (...options: string[]) => runCommand(faulty.crm.database.ownerUrl, ['verify', '--record', ...options]);

  test('add up tenants, tell phases as they are now, and how old the oldest verification is', async () => {
    for (const legacy of ['tech', '', 'Mystery', 'Accepted'])
      await insertRecord(faulty.owner, FIELD, faulty.crm.tenant('globex').id, { legacy });
    await faulty.owner.query(
      `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by) VALUES ($1, 'Lead.industry', 'Accepted', 'a test', 'a test')`,
      [faulty.crm.tenant('globex').id],
    );
    await drift();
    await record(...ONLY);
    await faulty.owner.query(`UPDATE choice_verification SET verified_at = now() - interval '1 hour' WHERE tenant_id = $1`, [
      faulty.crm.tenant('acme').id,
    ]);
    const { oldestSeconds, ...figures } = await gauges();
    expect(figures).toEqual({
      field: 'Lead.industry',
      tenants: { populated: 2 },
      rows: 7,
      mapped: 4,
      empty: 1,
      missing: 0,
      unmapped: 2,
      accepted: 1,
      drift: 2,
      quarantined: 0,
      findings: { DRIFT: 2, UNMAPPED: 1 },
    });
    expect(Math.floor(oldestSeconds! / 60)).toBe(60);
    await faulty.owner.query(`DELETE FROM choice_tenant_state WHERE field = 'Lead.industry' AND tenant_id = $1`, [
      faulty.crm.tenant('globex').id,
    ]);
    expect((await gauges()).tenants).toEqual({ populated: 1, expanded: 1 });
    await faulty.crm.populate();
  });

  test('count what all tenants share once', async () => {
    await faulty.plant('DROP INDEX lead_industry_page_idx');
    await record(...ONLY);
    expect((await gauges()).findings).toEqual({ INDEX: 1 });
    await record(...ONLY, '--tenant', 'acme');
    expect((await gauges()).findings).toEqual({ INDEX: 1 });
    await faulty.crm.expand();
    await record(...ONLY, '--tenant', 'globex');
    expect((await gauges()).findings).toEqual({});
  });

  test('are there for every field that is expanded, also where nothing is recorded', async () => {
    const all = await readVerificationGauges(faulty.crm.owner.sql);
    expect(all.map(({ field }) => field)).toEqual(choiceRegistry.fields.map(({ coordinate }) => coordinate).toSorted());
    expect(all.every(({ oldestSeconds, rows }) => oldestSeconds === null && rows === 0)).toBe(true);
  });
});
