import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ChoiceField } from '../../../../src/choice/choice-field.ts';
import { countChoiceUses } from '../../../../src/choice/manage/count-uses.ts';
import { setPace } from '../../../../src/choice/migrate/pace.ts';
import type { Phase } from '../../../../src/choice/migrate/phase.ts';
import { verifyRecords } from '../../../../src/choice/migrate/verify.ts';
import { readRules } from '../../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../../src/crm/choice-fields.ts';
import { readThrough } from '../../../../src/database/read.ts';
import { verifyAll } from '../../audit/chains.ts';
import { ALIASES, createMergeCrm, FIELDS, insertPastTriggers, LEAD, type MergeCrm } from './merge-crm.ts';
import { MergeModel, type ModelRecord } from './merge-model.ts';

const KEYS = ['tech', 'finance', 'retail', 'energy', 'education'];
const VALUES = [...KEYS, ...Object.keys(ALIASES), 'Mystery', ''];
const WALKS = 10;
const STEPS = 50;

/** A step as it is drawn; which of its parts count depends on its kind. */
interface Step {
  readonly kind: keyof typeof TAKE;
  readonly key: string;
  readonly other: string;
  readonly value: string;
  readonly record: number;
  readonly at: number;
  readonly phase: Phase;
}

interface Walk {
  readonly merging: MergeCrm;
  readonly model: MergeModel;
  /** Whether records may be on their way back. */
  returning: boolean;
}

/** What the service refuses by its rules: the step is none then. */
const REFUSED = /^(BAD_USER_INPUT|CONFLICT|BLOCKED)$/;

const TAKE = {
  async merge({ merging, model }: Walk, { key, other, at }: Step) {
    if (await isDone(merging.merge([key], other, { mostAtOnce: at }))) model.merge(key, other);
  },
  async undo(walk: Walk, { record, at }: Step) {
    const { merging, model } = walk;
    const loser = model.losers[record % Math.max(1, model.losers.length)];
    if (loser === undefined) return;
    const { edited } = await merging.undo(loser, { mostAtOnce: at });
    walk.returning = true;
    expect(edited.records.map(({ id }) => id).sort()).toEqual(model.undo(loser));
  },
  async settle(walk: Walk) {
    expect(await walk.merging.settle()).toMatchObject({ ok: true });
    walk.returning = false;
  },
  async settleSome({ merging }: Walk, { record }: Step) {
    const stop = new Error('stopped');
    let batches = 0;
    const onProgress = () => {
      if (++batches > record % 3) throw stop;
    };
    await merging.settle({ onProgress }).catch((error: unknown) => expect(error).toBe(stop));
  },
  async write({ merging, model }: Walk, { value, record }: Step) {
    const { id, field } = pick(model, record);
    await merging.write(field, id, value);
    model.records.set(id, { id, field, value });
  },
  async choose({ merging, model }: Walk, { key, record }: Step) {
    const chosen = pick(model, record);
    const { rowCount } = await merging.client.query(
      `UPDATE ${chosen.field.table} SET industry_id = $1 WHERE id = $2 AND industry_id IS DISTINCT FROM $1`,
      [await merging.id(key), chosen.id],
    );
    if (rowCount === 1) model.choose(chosen, key);
  },
  async insert({ merging, model }: Walk, { value, record }: Step) {
    const field = FIELDS[record % 2]!;
    const id = await merging.insert(field, value);
    model.records.set(id, { id, field, value });
  },
  async remove({ merging, model }: Walk, { record }: Step) {
    const { id, field } = pick(model, record);
    await merging.client.query(`DELETE FROM ${field.table} WHERE id = $1`, [id]);
    model.records.delete(id);
  },
  async forth({ merging: { crm } }: Walk, { record }: Step) {
    await isDone([crm.migrate, crm.prefer, crm.contract][record % 3]!());
  },
  async back({ merging: { crm } }: Walk, { phase }: Step) {
    await isDone(crm.rollback(phase));
    if (phase === 'expanded') await crm.populate();
  },
};

const drawStep: fc.Arbitrary<Step> = fc.record({
  // Merges and what undoes them come more often than the rest.
  kind: fc.constantFrom(...(Object.keys(TAKE) as Step['kind'][]), 'merge', 'merge', 'undo', 'settleSome', 'write', 'write'),
  key: fc.constantFrom(...KEYS),
  other: fc.constantFrom(...KEYS),
  value: fc.constantFrom(...VALUES),
  record: fc.nat({ max: 1000 }),
  at: fc.constantFrom(0, 1, 2, 3, 500),
  phase: fc.constantFrom('expanded', 'populated', 'migrated', 'preferred'),
});

test('whatever is merged, undone, written and migrated: strings stay, refs follow, and what was edited is listed', async () => {
  const taken = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawStep, { minLength: STEPS, maxLength: STEPS }),
      fc.infiniteStream(fc.tuple(fc.constantFrom(...VALUES), fc.boolean())),
      async (steps, records) => {
        const walk = await begin([...records.take(20)]);
        try {
          for (const step of steps) {
            await TAKE[step.kind](walk, step);
            taken.add(step.kind);
            await expectAsModel(walk);
          }
          await expectWhole(walk);
        } finally {
          await walk.merging.close();
        }
      },
    ),
    { numRuns: WALKS, endOnFailure: true },
  );
  expect([...taken].sort()).toEqual(Object.keys(TAKE).sort());
}, 300_000);

/** `records`: the string of each, and whether it has no ref yet. */
async function begin(records: readonly (readonly [value: string, isUnset: boolean])[]): Promise<Walk> {
  const merging = await createMergeCrm('populated');
  await setPace(merging.crm.owner.sql, { batchSize: 3 }, merging.crm.run);
  const model = new MergeModel({ ...Object.fromEntries(KEYS.map((key) => [key, key])), ...ALIASES });
  for (const [index, [value, isUnset]] of records.entries()) {
    const field = FIELDS[index % 2]!;
    const id = isUnset ? await insertPastTriggers(merging, field, value, null) : await merging.insert(field, value);
    model.records.set(id, { id, field, value });
  }
  return { merging, model, returning: false };
}

async function expectAsModel({ merging, model, returning }: Walk): Promise<void> {
  const merged = Object.fromEntries(model.losers.map((key) => [key, model.root(key)]));
  expect(await merging.readRoots()).toEqual(merged);
  const strings: Record<string, string> = {};
  const misled: unknown[] = [];
  for (const field of FIELDS)
    for (const [id, [string, ref]] of await merging.read(field)) {
      strings[id] = string ?? '';
      if (ref !== null && !returning && model.root(ref) !== model.resolve(string ?? '')) misled.push({ id, string, ref });
    }
  expect(strings).toEqual(Object.fromEntries([...model.records.values()].map(({ id, value }) => [id, value])));
  expect(misled).toEqual([]);
}

async function expectWhole(walk: Walk): Promise<void> {
  await TAKE.settle(walk);
  const { merging, model } = walk;
  const { crm } = merging;
  await crm.migrate();
  await expectAsModel(walk);
  const db = readThrough(crm.owner.sql);
  const usesOf = await countChoiceUses(db, {
    registry: choiceRegistry,
    type: LEAD.type,
    tenantId: merging.acme,
    rules: await readRules(db),
  });
  for (const key of KEYS.filter((each) => model.root(each) === each))
    for (const field of FIELDS)
      expect([key, usesOf(await merging.id(key)).find((use) => use.field === field)?.records]).toEqual([key, countOf(model, field, key)]);
  const { findings } = await verifyRecords(crm.owner.sql, crm.scope);
  expect(findings.filter(({ code }) => code !== 'UNMAPPED')).toEqual([]);
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
}

function countOf(model: MergeModel, field: ChoiceField, key: string): number {
  return [...model.records.values()].filter((record) => record.field === field && model.resolve(record.value) === key).length;
}

function pick(model: MergeModel, index: number): ModelRecord {
  return [...model.records.values()][index % model.records.size]!;
}

async function isDone(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (REFUSED.test(String((error as { code?: unknown }).code)) || (error as Error).name === 'BlockedError') return false;
    throw error;
  }
}
