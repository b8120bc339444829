import { mapValues } from '../../src/choice/migrate/map.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { answerOf, type Corpus, type CorpusOperation, recordCorpus } from './corpus-operation.ts';
import { insertDataset } from './dataset.ts';
import { type ChoiceIds, listDynamicReads, listDynamicWrites } from './dynamic-operations.ts';
import { legacyReads } from './legacy-reads.ts';
import { legacyWrites } from './legacy-writes.ts';
import { openRecordStates } from './record-states.ts';

export const LEGACY = '/graphql/2026-01';
export const CURRENT = '/graphql';

/** Two tenants' records with a running server, and every operation of the corpus. */
export interface CorpusWorld {
  readonly crm: TestCrm;
  readonly api: TestApi;
  /** What a client of 2026-01 is answered, there or by another version, and what its writes do. */
  recordLegacy(path?: string): Promise<Corpus>;
  /** What a client of 2026-11 is answered, and what its writes do. */
  recordDynamic(ids: ChoiceIds): Promise<Corpus>;
  /** Edits by the tenant's administrator: a new choice, aliases, a merge, a rename, another order, one inactive. */
  editChoices(): Promise<ChoiceIds>;
  close(): Promise<void>;
}

/** At phase expanded. */
export async function createCorpusWorld(): Promise<CorpusWorld> {
  const crm = await createTestCrm({ phase: 'legacy' });
  await insertDataset(crm.owner, [crm.tenant('acme'), crm.tenant('globex')]);
  await crm.expand();
  const api = await startTestApi(crm);
  const senders = { acme: await api.token('acme', 'writer'), globex: await api.token('globex', 'writer') };

  /** Sends each write to records that nobody wrote yet; the answer and what became of the records. */
  const recordWrites = async (operations: readonly CorpusOperation[], path: string): Promise<Corpus> => {
    const states = await openRecordStates(crm);
    await states.save();
    const corpus = new Map<string, string>();
    for (const operation of operations) {
      const answer = await answerOf(api, operation, path, senders.acme);
      const changes = await states.describeChanges();
      corpus.set(`${path} ${operation.name}`, `${answer}\n${changes}`);
      if (changes !== '') await states.restore();
    }
    await states.close();
    return corpus;
  };

  return {
    crm,
    api,
    recordLegacy: async (path = LEGACY) => {
      const { acme, globex } = senders;
      // The other tenant's pages are as deep; its lists in one piece are enough.
      const shallow = legacyReads.filter((operation) => !operation.pages);
      return new Map([
        ...(await recordCorpus(api, legacyReads, { paths: [path], senders: { acme } })),
        ...(await recordCorpus(api, shallow, { paths: [path], senders: { globex } })),
        ...(await recordWrites(legacyWrites, path)),
      ]);
    },
    recordDynamic: async (ids) =>
      new Map([
        ...(await recordCorpus(api, listDynamicReads(ids), { paths: [CURRENT, '/graphql/2026-11'], senders: { acme: senders.acme } })),
        ...(await recordWrites(listDynamicWrites(ids), CURRENT)),
      ]),
    editChoices: () => editChoices(crm),
    close: async () => {
      await api.close();
      await crm.close();
    },
  };
}

async function editChoices(crm: TestCrm): Promise<ChoiceIds> {
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
