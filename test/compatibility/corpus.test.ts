import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { mapValues } from '../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { countRecords } from '../../src/choice/migrate/report.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { answerOf, compareCorpora, type Corpus, type CorpusOperation, recordCorpus } from './corpus-operation.ts';
import { insertDataset } from './dataset.ts';
import { type ChoiceIds, listDynamicReads, listDynamicWrites } from './dynamic-operations.ts';
import { migrateHalf } from './half-migration.ts';
import { legacyReads } from './legacy-reads.ts';
import { legacyWrites } from './legacy-writes.ts';
import { describeChanges, restoreRecords, saveRecords } from './record-states.ts';

const LEGACY = ['/graphql/2026-01'];
const CURRENT = ['/graphql', '/graphql/2026-11'];

let crm: TestCrm;
let api: TestApi;
let superuser: pg.Client;
let senders: Record<string, string>;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'legacy' });
  await insertDataset(crm.owner, [crm.tenant('acme'), crm.tenant('globex')]);
  await crm.expand();
  api = await startTestApi(crm);
  superuser = new pg.Client({ connectionString: crm.database.superuserUrl });
  await superuser.connect();
  senders = { acme: await api.token('acme', 'writer'), globex: await api.token('globex', 'writer') };
});
afterAll(async () => {
  await superuser.end();
  await api.close();
  await crm.close();
});

/** Sends each write to records that nobody wrote yet; the answer and what became of the records. */
async function recordWrites(operations: readonly CorpusOperation[], path: string): Promise<Corpus> {
  await saveRecords(superuser);
  const corpus = new Map<string, string>();
  for (const operation of operations) {
    const answer = await answerOf(api, operation, path, senders.acme!);
    const changes = await describeChanges(superuser);
    corpus.set(`${path} ${operation.name}`, `${answer}\n${changes}`);
    if (changes !== '') await restoreRecords(superuser);
  }
  return corpus;
}

async function recordLegacy(): Promise<Corpus> {
  // The other tenant's pages are as deep; its lists in one piece are enough.
  const { acme, globex } = senders as { acme: string; globex: string };
  const shallow = legacyReads.filter((operation) => !operation.pages);
  return new Map([
    ...(await recordCorpus(api, legacyReads, { paths: LEGACY, senders: { acme } })),
    ...(await recordCorpus(api, shallow, { paths: LEGACY, senders: { globex } })),
    ...(await recordWrites(legacyWrites, LEGACY[0]!)),
  ]);
}

async function recordDynamic(ids: ChoiceIds): Promise<Corpus> {
  return new Map([
    ...(await recordCorpus(api, listDynamicReads(ids), { paths: CURRENT, senders: { acme: senders.acme! } })),
    ...(await recordWrites(listDynamicWrites(ids), CURRENT[0]!)),
  ]);
}

/** Edits by the tenant's administrator: a new choice, aliases, a merge, a rename, another order, one inactive. */
async function editChoices(): Promise<ChoiceIds> {
  const [acme, globex] = [crm.tenant('acme').id, crm.tenant('globex').id];
  const query = (text: string) => crm.owner.pool.query(text, [acme]);
  await query(
    `INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'telco', 'Telecommunications', 3), ($1, 'carriers', 'Carriers', 9)`,
  );
  await query(
    `UPDATE industry SET merged_into_id = (SELECT id FROM industry WHERE tenant_id = $1 AND key = 'telco') WHERE tenant_id = $1 AND key = 'carriers'`,
  );
  await query(`UPDATE industry SET active = false WHERE tenant_id = $1 AND key = 'energy'`);
  await query(`UPDATE industry SET label = 'Tech & more', position = 20 WHERE tenant_id = $1 AND key = 'tech'`);
  await query(`UPDATE lead_status SET position = 10 - position WHERE tenant_id = $1`);
  await query(`UPDATE lead_source SET color = '#fff', icon = 'globe', conversion_rate_target = 12.5 WHERE tenant_id = $1 AND key = 'web'`);
  const field = crm.scope.registry.field('Lead.industry')!;
  const pairs = [
    { value: 'telecom', key: 'carriers' },
    { value: 'Tech ', key: 'tech' },
    { value: 'other\u00a0', key: 'other' },
  ];
  await mapValues(crm.owner.sql, { registry: crm.scope.registry, field, tenant: crm.tenant('acme'), pairs, remap: false }, crm.run);
  const idOf = async (tenant: string, key: string) =>
    (await crm.owner.pool.query<{ id: string }>('SELECT id FROM industry WHERE tenant_id = $1 AND key = $2', [tenant, key])).rows[0]!.id;
  return {
    tech: await idOf(acme, 'tech'),
    finance: await idOf(acme, 'finance'),
    merged: await idOf(acme, 'carriers'),
    survivor: await idOf(acme, 'telco'),
    inactive: await idOf(acme, 'energy'),
    elsewhere: await idOf(globex, 'tech'),
  };
}

async function countMigrated(): Promise<{ missing: number; mapped: number }> {
  const reports = await countRecords(crm.owner.sql, crm.scope);
  return { missing: reports.reduce((sum, { missing }) => sum + missing, 0), mapped: reports.reduce((sum, { mapped }) => sum + mapped, 0) };
}

describe('the corpus is answered with the same bytes at every phase', () => {
  let legacy: Corpus;
  let edited: { legacy: Corpus; dynamic: Corpus };
  let ids: ChoiceIds;

  test('at expanded: legacy operations are answered, and every one that reads a record finds some', async () => {
    legacy = await recordLegacy();
    expect(legacy.size).toBeGreaterThan(400);
    const found = [...legacy].filter(([name]) => /as they come|all at once|every page/.test(name));
    expect(found.filter(([, answer]) => !/"id":"01900000/.test(answer))).toEqual([]);
    expect([...legacy].filter(([, answer]) => answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
    // A client of the old version is not told of what it does not have.
    expect(
      [...legacy].filter(
        ([name, answer]) =>
          name.includes('/graphql/2026-01') && !answer.includes('GRAPHQL_VALIDATION_FAILED') && /[a-z](Ref|Label)\b/.test(answer),
      ),
    ).toEqual([]);
  });

  test('after populate', async () => {
    await crm.populate();
    expect(compareCorpora(legacy, await recordLegacy())).toEqual([]);
  });

  test('after choices were edited: new operations are answered', async () => {
    ids = await editChoices();
    edited = { legacy: await recordLegacy(), dynamic: await recordDynamic(ids) };
    expect([...edited.dynamic].filter(([, answer]) => answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
    expect([...edited.dynamic].filter(([, answer]) => answer.includes('GRAPHQL_VALIDATION_FAILED'))).toEqual([]);
  });

  test('halfway through migrate', async () => {
    const before = await countMigrated();
    expect(before.mapped).toBe(0);
    const half = await migrateHalf(crm);
    const during = await countMigrated();
    expect(during.missing).toBeGreaterThan(before.missing / 4);
    expect(during.mapped).toBeGreaterThan(before.missing / 4);
    try {
      expect(compareCorpora(edited.legacy, await recordLegacy())).toEqual([]);
      expect(compareCorpora(edited.dynamic, await recordDynamic(ids))).toEqual([]);
      expect(await countMigrated()).toEqual(during);
    } finally {
      await half.finish();
    }
  });

  test('after migrate', async () => {
    await migrateRecords(crm.owner.sql, crm.scope, crm.run);
    expect((await countMigrated()).missing).toBe(0);
    expect(compareCorpora(edited.legacy, await recordLegacy())).toEqual([]);
    expect(compareCorpora(edited.dynamic, await recordDynamic(ids))).toEqual([]);
  });

  test('and nothing was logged', () => expect(api.log).toEqual([]));
});
