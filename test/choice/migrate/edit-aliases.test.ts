import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { restoredExpression } from '../../../src/choice/derive/legacy-value.ts';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import type { AliasEditOptions } from '../../../src/choice/migrate/edit-aliases.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { joinProcesses } from '../../../src/choice/processes.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../../crm/records.ts';
import { awaitServers } from '../../harness/regimes.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const INDUSTRY = choiceRegistry.field('Lead.industry')!;
const VALUES = ['telecom', 'telecom', 'telecom', 'tech', 'huh', ''];

let crm: TestCrm;
let ids: string[];
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', fields: choiceRegistry.fieldsOfType(INDUSTRY.type) });
  ids = [];
  for (const industry of VALUES) ids.push(await insertRecord(crm, 'lead', { industry }));
  await insertRecord(crm, 'account', { industry: 'telecom' });
  await insertRecord(crm, 'lead', { industry: 'telecom' }, 'globex');
  await crm.migrate();
  await crm.prefer();
});
afterEach(() => crm.close());

type Options = Partial<AliasEditOptions> & { remap?: boolean; value?: string };
const map = (key: string, { remap = false, value = 'telecom', ...options }: Options = {}) =>
  mapValues(
    crm.owner.sql,
    { registry: choiceRegistry, field: INDUSTRY, tenant: crm.tenant('acme'), pairs: [{ value, key }], remap },
    { ...crm.run, ...options },
  ).then((result) => result.mapped[0]);

async function readPhases(): Promise<Record<string, string>> {
  const { rows } = await crm.owner.pool.query<{ part: string; phase: string }>(
    `SELECT field || ' of ' || slug AS part, phase FROM choice_tenant_state JOIN tenant ON tenant.id = tenant_id ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ part, phase }) => [part, phase]));
}
const notPreferred = async () => Object.entries(await readPhases()).filter(([, phase]) => phase !== 'preferred');

/** What was recorded since everything was preferred. */
async function readChanges(): Promise<string[]> {
  const { rows } = await crm.owner.pool.query<{ change: string }>(
    `SELECT format('%s of %s: %s to %s, %s', field, slug, from_phase, to_phase, reason) AS change
     FROM choice_phase_change JOIN tenant ON tenant.id = tenant_id WHERE reason IS NOT NULL ORDER BY choice_phase_change.id`,
  );
  return rows.map(({ change }) => change);
}

/** String and key of acme's leads, in the order of VALUES. */
async function readLeads(string = 'lead.industry'): Promise<(string | null)[][]> {
  const { rows } = await crm.owner.pool.query<{ value: string | null; key: string | null }>(
    `SELECT ${string} AS value, key FROM lead LEFT JOIN industry ON industry.tenant_id = lead.tenant_id AND industry.id = industry_id
     WHERE lead.id = ANY ($1) ORDER BY array_position($1, lead.id)`,
    [ids],
  );
  return rows.map(({ value, key }) => [value, key]);
}

const MAPPED = [
  ['telecom', 'tech'],
  ['telecom', 'tech'],
  ['telecom', 'tech'],
  ['tech', 'tech'],
  ['huh', null],
  ['', null],
];

describe('a mapping at preferred', () => {
  test('gives the rows their refs, of every field of the type, and leaves other tenants and types alone', async () => {
    expect(await map('tech')).toEqual({ value: 'telecom', key: 'tech', added: true, rows: 3, remapped: 0 });
    expect(await readLeads()).toEqual(MAPPED);
    expect(await notPreferred()).toEqual([]);
    const { rows } = await crm.owner.pool.query(
      `SELECT slug, account.industry_id IS NOT NULL AS mapped FROM account JOIN tenant ON tenant.id = tenant_id
       UNION SELECT slug, industry_id IS NOT NULL FROM lead JOIN tenant ON tenant.id = tenant_id WHERE slug = 'globex' ORDER BY 1, 2`,
    );
    expect(rows).toEqual([
      { slug: 'acme', mapped: true },
      { slug: 'globex', mapped: false },
    ]);
    expect(await readChanges()).toEqual(
      [
        'preferred to migrated, until the rows have followed new aliases',
        'migrated to preferred, the rows have followed new aliases',
      ].flatMap((change) => ['Lead.industry', 'Account.industry'].map((field) => `${field} of acme: ${change}`)),
    );
  });

  test('that adds nothing changes no phase', async () => {
    await map('tech');
    const before = await readChanges();
    expect(await map('tech')).toEqual({ value: 'telecom', key: 'tech', added: false, rows: 0, remapped: 0 });
    expect(await readChanges()).toEqual(before);
  });

  test('that is refused changes no phase, nor does a dry run, which predicts', async () => {
    await expect(map('no_such')).rejects.toMatchObject({ name: 'UsageError' });
    expect(await map('tech', { dryRun: true })).toEqual({ value: 'telecom', key: 'tech', added: true, rows: 3, remapped: 0 });
    expect(await readChanges()).toEqual([]);
    expect(await notPreferred()).toEqual([]);
  });

  test('that is cut off is finished by the same command', async () => {
    const cutOff = new Error('cut off');
    await expect(
      map('tech', {
        onProgress: ({ step }) => {
          if (step === 'migrate') throw cutOff;
        },
      }),
    ).rejects.toBe(cutOff);
    expect(await notPreferred()).toEqual([
      ['Account.industry of acme', 'migrated'],
      ['Lead.industry of acme', 'migrated'],
    ]);
    expect(await map('tech')).toMatchObject({ added: false, remapped: 0 });
    expect(await readLeads()).toEqual(MAPPED);
    expect(await notPreferred()).toEqual([]);
  });

  test('waits for servers that answer by the refs alone, and gives up with nothing changed', async () => {
    const stuck = await joinProcesses(crm.database.ownerUrl, { kind: 'server', name: 'stuck' });
    try {
      await expect(map('tech', { serverCap: 1 })).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringMatching(/stuck on .*Nothing was changed/),
      });
    } finally {
      await stuck.leave();
    }
    expect(await notPreferred()).toEqual([]);
    expect((await readChanges()).at(-1)).toBe(
      'Account.industry of acme: migrated to preferred, servers did not follow, and no alias was edited',
    );
    expect((await crm.owner.pool.query(`SELECT FROM industry_alias WHERE legacy_value = 'telecom'`)).rows).toEqual([]);
  });

  test('that fails, and whose rows cannot be settled, says what stays at migrated, and why', async () => {
    await map('tech');
    const forgotten = new pg.Client({ connectionString: crm.database.ownerUrl, application_name: 'forgotten' });
    await forgotten.connect();
    await forgotten.query('BEGIN; SELECT 1');
    const pairs = [
      { value: 'telecom', key: 'finance' },
      { value: 'huh', key: 'tech' },
    ];
    const mapping = { registry: choiceRegistry, field: INDUSTRY, tenant: crm.tenant('acme'), pairs, remap: true };
    const edit = () => mapValues(crm.owner.sql, mapping, { ...crm.run, openTransactionCap: 0 });
    await expect(edit()).rejects.toMatchObject({
      name: 'OperationError',
      message: expect.stringMatching(/old choice.* Lead\.industry, Account\.industry of acme stay at migrated.* since before the sweep/),
      cause: expect.objectContaining({ name: 'OperationError', message: expect.stringMatching(/\(forgotten\) has had .* old choice/) }),
    });
    expect(await notPreferred()).toEqual([
      ['Account.industry of acme', 'migrated'],
      ['Lead.industry of acme', 'migrated'],
    ]);
    await forgotten.end();
    await edit();
    expect(await notPreferred()).toEqual([]);
  });

  test('remaps refs where they are, and every string stays', async () => {
    await map('tech');
    expect(await map('finance', { remap: true })).toMatchObject({ added: false, remapped: 4 });
    expect((await readLeads()).slice(0, 3)).toEqual(Array(3).fill(['telecom', 'finance']));
    expect(await notPreferred()).toEqual([]);
  });
});

describe('while rows follow a mapping', () => {
  let api: TestApi;
  let holder: pg.Client;
  beforeEach(async () => {
    api = await startTestApi(crm);
    holder = new pg.Client({ connectionString: crm.database.ownerUrl });
    await holder.connect();
  });
  afterEach(async () => {
    await holder.end();
    await api.close();
  });

  const LISTS = `{
    mapped: leads(filter: { industryRef: { key: "tech" } }) { totalCount }
    unmapped: leads(filter: { industryRef: { isNull: true } }) { totalCount }
    ordered: leads(orderBy: { field: INDUSTRY, direction: DESC }) { nodes { industryRef { key } } }
  }`;
  const counts = async () => {
    const { body } = await api.send(LISTS);
    const named = (body.data.ordered.nodes as { industryRef: { key: string } | null }[]).filter(({ industryRef }) => industryRef !== null);
    return [body.data.mapped.totalCount, body.data.unmapped.totalCount, named.length];
  };

  test('a page shows all of them mapped, from the moment that the alias is there', async () => {
    await awaitServers(crm);
    expect(await counts()).toEqual([1, 5, 1]);
    // One row cannot follow yet.
    await holder.query('BEGIN');
    await holder.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [ids[1]]);
    const mapping = map('tech');
    await waitUntil('the others have followed', async () => (await readLeads()).filter(([, key]) => key === 'tech').length === 3);
    expect(await counts()).toEqual([4, 2, 4]);
    await holder.query('COMMIT');
    await mapping;
    await awaitServers(crm);
    expect(await counts()).toEqual([4, 2, 4]);
    expect(await notPreferred()).toEqual([]);
    expect(api.log).toEqual([]);
  });

  test('an operator maps through a server that itself answers by the refs alone: it does not wait for the very request', async () => {
    await awaitServers(crm);
    const { body } = await api.send(
      `mutation {
        before: updateLead(id: "${ids[1]}", input: { company: "Before" }) { lead { industryRef { key } } }
        mapChoiceValues(input: { field: LEAD_INDUSTRY, pairs: [{ value: "telecom", key: "tech" }] }) { mapped { rows } }
        after: updateLead(id: "${ids[1]}", input: { company: "After" }) { lead { industryRef { key } } }
      }`,
      {},
      { token: await api.token('acme', 'writer', 'operator') },
    );
    expect(body).toEqual({
      data: {
        before: { lead: { industryRef: null } },
        mapChoiceValues: { mapped: [{ rows: 3 }] },
        after: { lead: { industryRef: { key: 'tech' } } },
      },
    });
    expect(await notPreferred()).toEqual([]);
    expect(api.log).toEqual([]);
  });
});

describe('at contracted', () => {
  const restored = restoredExpression(INDUSTRY, 'lead');
  beforeEach(() => crm.contract());

  test('a mapping gives the rows their refs and leaves their strings', async () => {
    expect(await map('tech')).toEqual({ value: 'telecom', key: 'tech', added: true, rows: 3, remapped: 0 });
    expect(await readLeads(restored)).toEqual(MAPPED);
    expect(await map('tech')).toMatchObject({ added: false, rows: 0 });
  });

  test('a remapping moves refs and leaves strings, in a dry run too', async () => {
    await map('tech');
    expect(await map('finance', { remap: true, dryRun: true })).toMatchObject({ remapped: 4 });
    expect(await map('finance', { remap: true })).toMatchObject({ remapped: 4 });
    expect((await readLeads(restored)).slice(0, 4)).toEqual([...Array(3).fill(['telecom', 'finance']), ['tech', 'tech']]);
  });

  test('rows are counted by the strings that they answer, for what is accepted', async () => {
    await insertRecord(crm, 'lead', { industry: 'hm' });
    const accept = (values: string[]) =>
      acceptValues(crm.owner.sql, { field: INDUSTRY, tenant: crm.tenant('acme'), values, reason: 'so be it' }, crm.run);
    expect((await accept(['hm', 'huh'])).accepted).toEqual([
      { value: 'hm', count: 1, added: true },
      { value: 'huh', count: 1, added: false },
    ]);
    await expect(accept(['hmm'])).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('No row') });
    await expect(accept(['tech'])).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('is mapped') });
  });
});

test('a choice that populate adds is a mapping of its key: rows that carried it follow, also after a run that was cut off', async () => {
  // As if the code listed one more since.
  await crm.rollback('populated');
  const acme = [crm.tenant('acme').id];
  await crm.owner.pool.query(
    `ALTER TABLE industry_alias DISABLE TRIGGER guard_own_alias; DELETE FROM industry_alias WHERE legacy_value = 'retail'; ALTER TABLE industry_alias ENABLE TRIGGER guard_own_alias; DELETE FROM industry WHERE key = 'retail'`,
  );
  await crm.owner.pool.query(`UPDATE lead SET industry = 'retail' WHERE tenant_id = $1 AND industry = 'huh'`, acme);
  await crm.migrate();
  await crm.prefer();
  expect((await readLeads())[4]).toEqual(['retail', null]);
  await expect(
    populateChoices(crm.owner.sql, crm.scope, {
      ...crm.run,
      onProgress: ({ step }) => {
        if (step === 'migrate') throw new Error('cut off');
      },
    }),
  ).rejects.toThrow('cut off');
  expect(await notPreferred()).toHaveLength(2);
  await crm.populate();
  expect((await readLeads())[4]).toEqual(['retail', 'retail']);
  expect(await notPreferred()).toEqual([]);
});
