import { afterEach, describe, expect, test } from '@jest/globals';
import type { ChoiceField } from '../../../../src/choice/choice-field.ts';
import { setPace } from '../../../../src/choice/migrate/pace.ts';
import { startTestApi, type TestApi } from '../../../harness/test-api.ts';
import { ACCOUNT, createMergeCrm, FIELDS, insertPastTriggers, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
let api: TestApi | undefined;
afterEach(async () => {
  await api?.close();
  await merging.close();
  api = undefined;
});

const STRINGS = ['finance', 'Bank', 'tech', 'IT ', 'retail', 'Shop', 'Mystery', ''] as const;

/** Three rows of every string and field; at `populated` some that have no ref yet. */
async function fill(crm: MergeCrm, phase: string): Promise<void> {
  for (const field of FIELDS)
    for (const value of STRINGS) {
      for (let count = 0; count < 2; count++) await crm.insert(field, value);
      if (phase === 'populated') await insertPastTriggers(crm, field, value, null);
      else await crm.insert(field, value);
    }
}
const PHASES = ['populated', 'migrated', 'preferred', 'contracted'] as const;
const start = async (phase: (typeof PHASES)[number]) => {
  merging = await createMergeCrm(phase, (crm) => fill(crm, phase));
  // The server takes no part: rows move when the test says so.
  await merging.client.query(`
    CREATE FUNCTION end_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'succeeded'; RETURN NEW; END $$;
    CREATE TRIGGER end_run BEFORE INSERT ON choice_run FOR EACH ROW EXECUTE FUNCTION end_run()`);
  api = await startTestApi(merging.crm);
};

const RECORD = 'id version industry industryRef { id key label mergedInto { key } } industryLabel';
const list = (members: string) =>
  `{ leads(first: 200, ${members}) { totalCount nodes { ${RECORD} } } accounts(first: 200, ${members}) { totalCount nodes { ${RECORD} } } }`;

/** Every kind of read, as text, by the operation. */
async function readAll(): Promise<Map<string, string>> {
  const ids = [await merging.id('finance'), await merging.id('tech')];
  const operations = [
    ...STRINGS.map((value) => list(`filter: { industry: ${JSON.stringify(value)} }`)),
    ...['finance', 'tech', 'retail', 'nowhere'].map((key) => list(`filter: { industryRef: { key: "${key}" } }`)),
    ...ids.map((id) => list(`filter: { industryRef: { id: "${id}" } }`)),
    list(`filter: { industryRef: { isNull: true } }`),
    list(`filter: { industryRef: { isNull: false } }`),
    list(`filter: { industry: "Bank", industryRef: { key: "finance" } }`),
    list(`orderBy: { field: INDUSTRY }`),
    list(`orderBy: { field: INDUSTRY, direction: DESC }, filter: { industryRef: { key: ["tech", "retail"] } }`),
    `{ choices(type: INDUSTRY, includeInactive: true) { key label ... on Industry { mergedInto { key } } } }`,
    `{ choiceOptions(field: LEAD_INDUSTRY) { options { key label } } }`,
  ];
  const answers = new Map<string, string>();
  for (const operation of operations) {
    const { text, body } = await api!.send(operation);
    expect(body).not.toHaveProperty('errors');
    answers.set(operation, text);
  }
  return answers;
}
/** What a client of the API from before the change sees. */
const readLegacy = async () =>
  (
    await api!.send(
      '{ leads(first: 200) { nodes { id industry } } accounts(first: 200) { nodes { id industry } } }',
      {},
      { path: '/graphql/2026-01' },
    )
  ).text;

describe.each(PHASES)('a merge at %s', (phase) => {
  test('is one change for whoever reads: while refs move, every read is what it is when all have moved', async () => {
    await start(phase);
    const legacy = await readLegacy();
    await merging.merge(['finance'], 'tech', { mostAtOnce: 2 });
    await setPace(merging.crm.owner.sql, { batchSize: 3 }, merging.crm.run);
    const stops = [await readAll()];
    const stop = new Error('stopped between two batches');
    for (;;) {
      const batches: number[] = [];
      const settled = await merging
        .settle({
          onProgress: ({ done }) => {
            batches.push(done);
            if (batches.filter((rows) => rows > 0).length === 1) throw stop;
          },
        })
        .catch((error: unknown) => {
          if (error !== stop) throw error;
        });
      if (settled) break;
      stops.push(await readAll());
      expect(await readLegacy()).toBe(legacy);
    }
    const merged = await readAll();
    expect(stops.length).toBeGreaterThan(2);
    for (const seen of stops) expect(seen).toEqual(merged);

    for (const field of FIELDS) {
      const rows = [...(await merging.read(field)).values()];
      const withoutRef = phase === 'populated' ? 1 : 0;
      expect(rows.filter(([, ref]) => ref === 'finance')).toEqual([]);
      expect(rows.filter(([string, ref]) => string === 'finance' && ref === 'tech')).toHaveLength(3 - withoutRef);
      expect(rows.filter(([string, ref]) => string === 'Bank' && ref === 'tech')).toHaveLength(3 - withoutRef);
    }
  });

  test('that is undone gives every read back what it was before', async () => {
    await start(phase);
    const before = await readAll();
    const rows = await Promise.all(FIELDS.map(merging.read));
    await merging.merge(['finance'], 'tech', { mostAtOnce: 5 });
    await merging.settle();
    expect(await merging.undo('finance', { mostAtOnce: 5 })).toMatchObject({ moved: 5, edited: { total: 0, records: [] } });
    expect(await merging.settle()).toMatchObject({ ok: true, blockers: [] });
    expect(await readAll()).toEqual(before);
    expect(await Promise.all(FIELDS.map(merging.read))).toEqual(rows);
  });

  test('is undone for the rows that nobody changed since: those that were before they could follow are listed, too', async () => {
    await start(phase);
    const withRef = async (field: ChoiceField, value: string) =>
      [...(await merging.read(field))].find(([, [string, ref]]) => string === value && ref !== null)![0];
    const [bank, finance] = [await withRef(LEAD, 'Bank'), await withRef(ACCOUNT, 'finance')];
    await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
    await merging.merge(['tech'], 'retail', { mostAtOnce: 0 });
    await merging.write(LEAD, bank, 'energy');
    await merging.write(ACCOUNT, finance, 'Shop');
    await merging.settle();
    const edited = {
      total: 2,
      records: [
        { field: 'Lead.industry', id: bank },
        { field: 'Account.industry', id: finance },
      ],
    };
    expect((await merging.undo('tech')).edited).toEqual(edited);
    expect((await merging.undo('finance')).edited).toEqual(edited);
    await merging.settle();
    expect((await merging.read(LEAD)).get(bank)).toEqual(['energy', 'energy']);
    expect((await merging.read(ACCOUNT)).get(finance)).toEqual(['Shop', 'retail']);
  });

  test('is undone for the rows that nobody changed since, and the others are listed', async () => {
    await start(phase);
    const bank = [...(await merging.read(LEAD))].filter(([, [string]]) => string === 'Bank').map(([id]) => id);
    const [account] = [...(await merging.read(ACCOUNT))].filter(([, [string]]) => string === 'finance').map(([id]) => id);
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.write(LEAD, bank[0]!, 'retail');
    await merging.write(ACCOUNT, account!, 'tech');
    await merging.client.query('DELETE FROM lead WHERE id = $1', [bank[1]]);
    // Written with the loser's key since then: its own, and no edit of a row that moved.
    const since = await merging.insert(LEAD, 'finance');
    const survivors = await merging.insert(LEAD, 'IT ');
    const undone = await merging.undo('finance');
    expect(undone.edited).toEqual({
      total: 2,
      records: [
        { field: 'Lead.industry', id: bank[0] },
        { field: 'Account.industry', id: account },
      ],
    });
    await merging.settle();
    const leads = await merging.read(LEAD);
    expect(leads.get(bank[0]!)).toEqual(['retail', 'retail']);
    expect(leads.get(since)).toEqual(['finance', 'finance']);
    expect(leads.get(survivors)).toEqual(['IT ', 'tech']);
    expect((await merging.read(ACCOUNT)).get(account!)).toEqual(['tech', 'tech']);
    for (const [string, ref] of leads.values())
      if (ref !== null) expect(ref).toBe({ finance: 'finance', Bank: 'finance', tech: 'tech', 'IT ': 'tech' }[string!] ?? 'retail');
  });
});
