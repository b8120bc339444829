import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { createTenant } from '../../../src/choice/migrate/create-tenant.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { pauseMigration, resumeMigration } from '../../../src/choice/migrate/pause.ts';
import type { Phase } from '../../../src/choice/migrate/phase.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../../crm/records.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { readChanges, readSequence, verifyAll } from './chains.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let crm: TestCrm;
let acme: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'legacy', tenants: ['acme'] });
  acme = crm.tenant('acme').id;
  for (const industry of ['tech', 'Technology', 'Technology', 'Mystery', 'Mystery', 'Mystery'])
    await insertRecord(crm, 'lead', { industry });
});
afterAll(async () => {
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
  await crm.close();
});

const scope = () => ({ ...crm.scope, fields: [FIELD] });
const options = (reason?: string) => ({ ...crm.run, actor: 'ada', request: 'r-1', ...(reason !== undefined && { reason }) });

/** What a step recorded in the platform's chain and in the tenant's: kind, phase or object, with which words, and the records that it touched. */
async function recorded(step: () => Promise<unknown>): Promise<string[]> {
  const { pool } = crm.owner;
  const [own, platform] = [await readSequence(pool, acme), await readSequence(pool, null)];
  await step();
  const entries = [...(await readChanges(pool, null, platform)), ...(await readChanges(pool, acme, own))];
  return entries.map(({ kind, object, before, after, actor, operation, request_id, reason, records }) => {
    const state = (row: typeof before) =>
      row === null ? '–' : [row.phase, row.storage === 'archive' ? 'archive' : undefined].filter(Boolean).join('+');
    const what = kind === 'phase' ? `${state(before)} → ${state(after)}` : object;
    const touched = records === null ? '' : `: ${records}`;
    return `${[kind, what, 'by', actor, operation, request_id ?? '–', reason ?? '–'].join(' ')}${touched}`;
  });
}

const rollback = (to: Phase) => recorded(() => rollbackFields(crm.owner.sql, scope(), { ...options('back'), to }));

test('every command says who changed what, with which operation and why', async () => {
  const { sql } = crm.owner;
  const tenant = crm.tenant('acme');
  expect(await recorded(() => expandFields(sql, scope(), options()))).toEqual(['phase – → expanded by ada expand r-1 –']);

  const populated = await recorded(() => populateChoices(sql, scope(), options()));
  expect(new Set(populated.map((line) => line.replace(/^(choice|alias) \S+/, '$1')))).toEqual(
    new Set(['choice by ada populate r-1 –', 'alias by ada populate r-1 –', 'phase – → populated by ada populate r-1 –']),
  );
  expect(populated).toHaveLength(2 * FIELD.hardcoded.length + 1);
  expect(await recorded(() => populateChoices(sql, scope(), options()))).toEqual([]);

  const mapping = { registry: choiceRegistry, field: FIELD, tenant, pairs: [{ value: 'Technology', key: 'tech' }], remap: false };
  expect(await recorded(() => mapValues(sql, mapping, options()))).toEqual(['alias Technology by ada map r-1 –: 2']);
  expect(await recorded(() => mapValues(sql, mapping, options()))).toEqual([]);
  const acceptance = { field: FIELD, tenant, values: ['Mystery'], reason: 'old' };
  expect(await recorded(() => acceptValues(sql, acceptance, options()))).toEqual(['acceptance Mystery by ada accept r-1 old: 3']);
  expect(await recorded(() => acceptValues(sql, acceptance, options()))).toEqual([]);

  expect(await recorded(() => pauseMigration(sql, scope(), options()))).toEqual([]);
  expect(await recorded(() => resumeMigration(sql, scope(), options()))).toEqual([]);
  expect(await recorded(() => migrateRecords(sql, scope(), options()))).toEqual(['phase populated → migrated by ada migrate – –: 3']);
  expect(await recorded(() => preferFields(sql, scope(), options('now')))).toEqual(['phase migrated → preferred by ada prefer r-1 now']);

  const remapping = {
    ...mapping,
    pairs: [
      { value: 'Technology', key: 'finance' },
      { value: 'TECH', key: 'tech' },
    ],
    remap: true,
  };
  expect(await recorded(() => mapValues(sql, remapping, options()))).toEqual([
    'phase preferred → migrated by ada map r-1 until the rows have followed new aliases',
    'alias Technology by ada map r-1 –: 2',
    'alias TECH by ada map r-1 –: 0',
    'phase migrated → preferred by ada map r-1 the rows have followed new aliases',
  ]);

  expect(await recorded(() => contractFields(sql, scope(), { ...options('done'), window: 0 }))).toEqual([
    'phase expanded → expanded+archive by ada contract r-1 done: 5',
    'phase expanded+archive → contracted+archive by ada contract r-1 done: 5',
  ]);
  expect(await rollback('preferred')).toEqual([
    'phase contracted+archive → contracted by ada rollback r-1 back: 6',
    'phase contracted → expanded by ada rollback r-1 back: 6',
  ]);
  expect(await rollback('populated')).toEqual(['phase preferred → populated by ada rollback r-1 back']);
  expect(await rollback('legacy')).toEqual(['phase expanded → – by ada rollback r-1 back', 'phase populated → – by ada rollback r-1 back']);
  expect(await rollback('legacy')).toEqual([]);
});

test('a dry run records nothing', async () => {
  const dry = { ...options(), dryRun: true };
  await expandFields(crm.owner.sql, scope(), options());
  expect(await recorded(() => populateChoices(crm.owner.sql, scope(), dry))).toEqual([]);
  expect(await recorded(() => createTenant(crm.owner.sql, choiceRegistry, { slug: 'dry', name: 'Dry' }, dry))).toEqual([]);
});

test('a tenant that is born with choices begins its chain with them', async () => {
  await populateChoices(crm.owner.sql, scope(), options());
  const { tenant } = await createTenant(crm.owner.sql, choiceRegistry, { slug: 'born', name: 'Born' }, options());
  const changes = await readChanges(crm.owner.pool, tenant.id);
  expect(changes).toHaveLength(2 * FIELD.hardcoded.length + 1);
  expect(new Set(changes.map(({ actor, operation, group_id }) => [actor, operation, group_id].join()))).toEqual(
    new Set([`ada,tenant create,${changes[0]!.group_id}`]),
  );
});
