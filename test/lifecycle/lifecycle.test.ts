import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { acceptValues } from '../../src/choice/migrate/accept.ts';
import { contractFields } from '../../src/choice/migrate/contract.ts';
import { mapValues } from '../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { hasReached, type Phase } from '../../src/choice/migrate/phase.ts';
import { preferFields } from '../../src/choice/migrate/prefer.ts';
import { countRecords } from '../../src/choice/migrate/report.ts';
import { rollbackFields } from '../../src/choice/migrate/rollback.ts';
import { verifyRecords } from '../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { type Corpus, compareCorpora, recordCorpus } from '../compatibility/corpus-operation.ts';
import { insertDataset } from '../compatibility/dataset.ts';
import { legacyReads } from '../compatibility/legacy-reads.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { dynamicReads } from './dynamic-reads.ts';
import { insertWritersLeads, startSteadyWriters, type SteadyWriters, type WriterKind } from './steady-writers.ts';

const READERS = ['acme', 'globex'];
const WRITERS = 'initech';
const BY_API_AND_REF: readonly WriterKind[] = ['legacy API', 'new API', 'raw ref'];
const BY_ALL_MEANS: readonly WriterKind[] = [...BY_API_AND_REF, 'raw column'];
/** What a client asks for all the time; whole walks from page to page are for the stops. */
const oftenRead = legacyReads.filter((operation) => !operation.pages).filter((_, index) => index % 6 === 0);

/** Ten columns go and come, and each stop reads everything. */
jest.setTimeout(300_000);

let crm: TestCrm;
/** The servers that serve, and all that ever did. */
const apis: TestApi[] = [];
const started: TestApi[] = [];
let senders: { readonly acme: string; readonly globex: string };
let legacy: Corpus;
let dynamic: Corpus;
let hashes: Map<string, string>;

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'legacy', tenants: [...READERS, WRITERS] });
  await insertDataset(
    crm.owner,
    READERS.map((slug) => crm.tenant(slug)),
  );
  await insertWritersLeads(crm, WRITERS);
  hashes = await hashStrings();
  await crm.expand();
  // On a machine that tests keep busy, writes are slow: no reason to hold.
  await crm.owner.pool.query('UPDATE choice_pace SET max_write_ms = 60000, max_lock_wait_ms = 60000');
  await startServers();
  const reader = (slug: string) => apis[0]!.token(slug, 'reader');
  senders = { acme: await reader('acme'), globex: await reader('globex') };
  legacy = await readLegacy();
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await crm.close();
});

async function startServers(): Promise<void> {
  for (let n = 0; n < 2; n++) {
    const api = await startTestApi(crm);
    apis.push(api);
    started.push(api);
  }
}

/** One tenant's walks from page to page say as much as two. */
async function readLegacy(): Promise<Corpus> {
  const { acme, globex } = senders;
  const paths = ['/graphql/2026-01'];
  return new Map([
    ...(await recordCorpus(apis[0]!, legacyReads, { paths, senders: { acme } })),
    ...(await recordCorpus(
      apis[1]!,
      legacyReads.filter((operation) => !operation.pages),
      { paths, senders: { globex } },
    )),
  ]);
}

async function readDynamic(): Promise<Corpus> {
  return recordCorpus(apis[1]!, dynamicReads, { paths: ['/graphql'], senders });
}

/** Every legacy column of every row that nobody writes to, to the byte; empty for a column that is gone. */
async function hashStrings(): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  for (const { coordinate, table, legacyColumn } of choiceRegistry.fields) {
    const { rows } = await crm.owner.pool.query<{ column: boolean }>(
      `SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_name = $1 AND column_name = $2) AS column`,
      [table, legacyColumn],
    );
    if (!rows[0]!.column) continue;
    const { rows: hashed } = await crm.owner.pool.query<{ hash: string }>(
      `SELECT md5(string_agg(concat_ws('|', tenant_id, id, coalesce(encode(convert_to(${legacyColumn}, 'UTF8'), 'hex'), 'NULL'), version, updated_at), E'\\n' ORDER BY tenant_id, id)) AS hash
       FROM ${table} WHERE tenant_id = ANY ($1)`,
      [READERS.map((slug) => crm.tenant(slug).id)],
    );
    result.set(coordinate, hashed[0]!.hash);
  }
  return result;
}

/** Takes a step while writers write and readers read: nobody fails, and what is read stays the same all the while. */
async function underLoad(step: () => Promise<unknown>, kinds: readonly WriterKind[]): Promise<void> {
  const writers = await startSteadyWriters(crm, apis, WRITERS, kinds);
  const expected = new Map([...legacy].filter(([name]) => oftenRead.some((operation) => name.endsWith(` ${operation.name}`))));
  const differences: string[] = [];
  let stepping = true;
  const reading = apis.map(async (api) => {
    do differences.push(...compareCorpora(expected, await recordCorpus(api, oftenRead, { paths: ['/graphql/2026-01'], senders })));
    while (stepping);
  });
  const stepped = step().finally(() => (stepping = false));
  // Everybody comes to rest, whoever failed; then the step's own failure is the first to be told.
  await Promise.allSettled([stepped, ...reading]);
  const written = await writers.stop();
  await stepped;
  await Promise.all(reading);
  expect(differences).toEqual([]);
  await expectWritten(writers, written);
}

async function expectWritten(writers: SteadyWriters, written: ReadonlyMap<string, string>): Promise<void> {
  expect(writers.failures).toEqual([]);
  expect(writers.writes).toBeGreaterThan(0);
  const { body } = await apis[0]!.send(
    '{ leads(first: 500) { nodes { id industry industryRef { key } } } }',
    {},
    { token: await apis[0]!.token(WRITERS, 'reader') },
  );
  const nodes = body.data.leads.nodes as { id: string; industry: string; industryRef: { key: string } | null }[];
  const answered = new Map(nodes.map((node) => [node.id, node]));
  const dynamicYet = (await phases()).some((phase) => phase !== 'expanded');
  for (const [id, value] of written) {
    expect(answered.get(id)).toMatchObject({ industry: value });
    if (dynamicYet) expect(answered.get(id)).toMatchObject({ industryRef: { key: value } });
  }
}

async function phases(): Promise<Phase[]> {
  return [...new Set((await countRecords(crm.owner.sql, crm.scope)).map((report) => report.phase))];
}

/** What holds at a stop: the phase, the bytes of both corpora, and of every string where its column is there. */
async function expectStop(phase: Phase): Promise<void> {
  expect(await phases()).toEqual([phase]);
  expect(compareCorpora(legacy, await readLegacy())).toEqual([]);
  expect(compareCorpora(dynamic, await readDynamic())).toEqual([]);
  const strings = await hashStrings();
  expect(strings.size).toBe(phase === 'contracted' ? 0 : choiceRegistry.fields.length);
  for (const [field, hash] of strings) expect([field, hash]).toEqual([field, hashes.get(field)]);
  if (hasReached(phase, 'migrated')) expect((await verifyRecords(crm.owner.sql, crm.scope)).findings).toEqual([]);
}

const migrate = () => migrateRecords(crm.owner.sql, crm.scope, crm.run);
const prefer = () => preferFields(crm.owner.sql, crm.scope, crm.run);
const contract = () => contractFields(crm.owner.sql, crm.scope, { ...crm.run, window: 0 });
const rollback = (to: Phase) => rollbackFields(crm.owner.sql, crm.scope, { ...crm.run, to, reason: 'a rehearsal' });

async function climbTo(phase: 'migrated' | 'preferred' | 'contracted'): Promise<void> {
  await crm.populate();
  await migrate();
  if (phase !== 'migrated') await prefer();
  if (phase === 'contracted') await contract();
}

describe('every field, through every phase and back from each, under writers of all kinds', () => {
  test('populated: nothing changes for clients', async () => {
    await underLoad(() => crm.populate(), ['legacy API', 'new API', 'raw column']);
    expect(compareCorpora(legacy, await readLegacy())).toEqual([]);
    // An edit, which is no transition: from here on new operations have something to compare with.
    const field = choiceRegistry.field('Lead.industry')!;
    const pairs = [
      { value: 'Technology', key: 'tech' },
      { value: 'Tech ', key: 'tech' },
      { value: 'telecom', key: 'other' },
      { value: 'other\u00a0', key: 'other' },
    ];
    await mapValues(crm.owner.sql, { registry: crm.scope.registry, field, tenant: crm.tenant('acme'), pairs, remap: false }, crm.run);
    for (const report of await countRecords(crm.owner.sql, crm.scope)) {
      const values = report.unmapped.map(({ value }) => value);
      const accepted = { field: choiceRegistry.field(report.field)!, tenant: crm.tenant(report.tenant), values, reason: 'years ago' };
      if (values.length > 0) await acceptValues(crm.owner.sql, accepted, crm.run);
    }
    legacy = await readLegacy();
    dynamic = await readDynamic();
    await expectStop('populated');
  });

  test('migrated', async () => {
    await underLoad(migrate, BY_ALL_MEANS);
    await expectStop('migrated');
  });

  test('preferred: one tenant alone first, the others after it', async () => {
    const alone = { ...crm.scope, tenants: [crm.tenant('acme')] };
    await underLoad(() => preferFields(crm.owner.sql, alone, crm.run), BY_ALL_MEANS);
    expect((await phases()).sort()).toEqual(['migrated', 'preferred']);
    expect(compareCorpora(dynamic, await readDynamic())).toEqual([]);
    await underLoad(prefer, BY_ALL_MEANS);
    await expectStop('preferred');
  });

  test('contracted', async () => {
    await underLoad(contract, BY_API_AND_REF);
    await expectStop('contracted');
  });

  test.each(['preferred', 'migrated', 'populated', 'expanded'] as const)('from contracted back to %s, and up again', async (phase) => {
    await underLoad(() => rollback(phase), BY_API_AND_REF);
    await expectStop(phase);
    await underLoad(() => climbTo('contracted'), BY_API_AND_REF);
    await expectStop('contracted');
  });

  test('back to the phase it is in: done', async () => {
    expect(await rollback('contracted')).toMatchObject({ ok: true });
    await expectStop('contracted');
  });

  test('legacy: not while servers are live; then all that was added goes, and comes again', async () => {
    await rollback('preferred');
    await expect(rollback('legacy')).rejects.toMatchObject({
      blockers: expect.arrayContaining([expect.objectContaining({ code: 'SERVERS_LIVE' })]),
    });
    await expectStop('preferred');
    await Promise.all(apis.splice(0).map((api) => api.close()));
    await rollback('legacy');
    expect(await phases()).toEqual(['legacy']);
    expect(await hashStrings()).toEqual(hashes);
    const { rows } = await crm.owner.pool.query(
      `SELECT attname FROM pg_attribute WHERE attrelid = ANY ('{lead,account,opportunity,task}'::regclass[]) AND attname = ANY ($1) AND NOT attisdropped`,
      [choiceRegistry.fields.map((field) => field.refColumn)],
    );
    expect(rows).toEqual([]);

    await crm.expand();
    await startServers();
    await climbTo('preferred');
    await expectStop('preferred');
  });

  test('and nothing was logged by any server', () => {
    expect(started).toHaveLength(4);
    expect(started.flatMap((api) => api.log)).toEqual([]);
  });
});
