import fc from 'fast-check';
import { sql } from 'kysely';
import type pg from 'pg';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { applyChoiceChanges } from '../../../src/choice/manage/apply-changes.ts';
import { setDefaultChoice } from '../../../src/choice/manage/choice-defaults.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice, restoreChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import { mergeChoices } from '../../../src/choice/manage/merge/merge-choices.ts';
import { undoChoiceMerge } from '../../../src/choice/manage/merge/undo-merge.ts';
import { readChoiceList, reorderChoices } from '../../../src/choice/manage/reorder-choices.ts';
import { revertChange } from '../../../src/choice/manage/revert-change.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { updateChoice } from '../../../src/choice/manage/update-choice.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { TestApi } from '../../harness/test-api.ts';
import { create, insertRecord, REQUIRED, update } from '../../crm/records.ts';
import { type ChoiceEditor, INDUSTRY } from './choice-editor.ts';

/** Both take their values from one type. */
export const FIELDS = ['Lead.industry', 'Account.industry'].map((coordinate) => choiceRegistry.field(coordinate)!);

/** Keys of choices that are merged into others, and never deleted. */
export const LASTING = ['tech', 'finance', 'retail', 'healthcare'] as const;
/** Keys of choices to which everything is done; two of each round's own come along. */
const FLEETING = ['education', 'manufacturing'] as const;

/** Who takes part in the races. */
export interface Race {
  readonly editor: ChoiceEditor;
  readonly api: TestApi;
  /** Connections of writers of SQL. */
  readonly pool: pg.Pool;
  /** Ids of records, by table. */
  readonly records: Readonly<Record<string, string[]>>;
}

/** One part of a round. `key` and `other` are of its choices, and `place` picks a record. */
export interface Action {
  readonly kind: keyof typeof ACTIONS;
  readonly key: string;
  readonly other: string;
  readonly place: number;
  readonly field: ChoiceField;
}

type Act = (race: Race, action: Action) => Promise<string | undefined>;

/** What is told to somebody who edits: all but what is nobody's fault but ours. */
const REFUSALS = ['BAD_USER_INPUT', 'NOT_FOUND', 'CONFLICT', 'CHOICE_IN_USE', 'CHOICE_SYSTEM', 'CHOICE_INACTIVE', 'LIMIT_EXCEEDED'];
/** What is told to somebody who chooses. */
const CHOOSER_REFUSALS = ['NOT_FOUND', 'CHOICE_UNKNOWN', 'CHOICE_INACTIVE'];

const edit =
  (work: (race: Race, action: Action, id: string, other: string) => Parameters<ChoiceEditor['edit']>[0]): Act =>
  async (race, action) => {
    const choices = await race.editor.read();
    const idOf = (key: string) => choices.get(key)?.id ?? '00000000-0000-7000-8000-000000000000';
    try {
      await race.editor.edit(work(race, action, idOf(action.key), idOf(action.other)));
      return undefined;
    } catch (error) {
      const { code } = error as { code?: string };
      if (!REFUSALS.includes(code!)) throw error;
      return code;
    }
  };

const choose =
  (input: (key: string) => Record<string, unknown>, isNew: boolean): Act =>
  async ({ api, records }, { field, key, place }) => {
    const ids = records[field.table]!;
    const needed = { ...REQUIRED[field.owner]!(''), ...(field.owner === 'Lead' && { leadSource: 'web' }) };
    const answer = isNew
      ? await create(api, field, { ...needed, ...input(key) })
      : await update(api, field, ids[place % ids.length]!, input(key));
    if (answer.code === undefined) {
      if (isNew) ids.push((answer as { record: { id: string } }).record.id);
      return undefined;
    }
    if (!CHOOSER_REFUSALS.includes(answer.code)) throw new Error(`a record was refused: ${JSON.stringify(answer.error)}`);
    return answer.code;
  };

const writeSql =
  (statement: (field: ChoiceField) => string): Act =>
  async ({ pool, records }, { field, key, place }) => {
    const ids = records[field.table]!;
    try {
      await pool.query(statement(field), [ids[place % ids.length], key]);
      return undefined;
    } catch (error) {
      const { message } = error as Error;
      if (!message.endsWith(`the choice "${key}" was deleted`)) throw error;
      return 'NOT_FOUND';
    }
  };

/** Each answers the code with which it was refused, and throws what nobody may be told. */
export const ACTIONS = {
  create: edit(
    (_, { key }) =>
      (edit) =>
        createChoice(edit, { key, label: `The ${key}` }),
  ),
  rename: edit(
    (_, { other, place }, id) =>
      (edit) =>
        updateChoice(edit, { id, label: `${other} ${place}` }),
  ),
  merge: edit(
    (_, __, id, other) =>
      ({ transaction, ...context }) =>
        mergeChoices(transaction, { ...context, actor: 'ada' }, { type: INDUSTRY, loserIds: [id], survivorId: other, mostAtOnce: 2 }),
  ),
  undo: edit(
    (_, __, loserId) =>
      ({ transaction, ...context }) =>
        undoChoiceMerge(transaction, { ...context, actor: 'ada' }, { merge: { type: INDUSTRY, loserId }, mostAtOnce: 2 }),
  ),
  deactivate: edit((_, __, id) => (edit) => setChoiceActive(edit, { id, active: false })),
  activate: edit((_, __, id) => (edit) => setChoiceActive(edit, { id, active: true })),
  delete: edit((_, __, id) => (edit) => deleteChoice(edit, { id })),
  restore: edit((_, __, id) => (edit) => restoreChoice(edit, { id })),
  addAlias: edit(
    (_, { key }, choiceId) =>
      (edit) =>
        addAlias(edit, { choiceId, value: key.toUpperCase() }),
  ),
  removeAlias: edit(
    (_, { key }) =>
      (edit) =>
        removeAlias(edit, { value: key.toUpperCase() }),
  ),
  reorder: edit((_, { place }, id) => async (edit) => {
    const ids = (await readChoiceList(edit)).choices.map((choice) => choice.id);
    const others = ids.filter((each) => each !== id);
    return reorderChoices(edit, { ids: others.length < ids.length ? others.toSpliced(place % ids.length, 0, id) : ids.toReversed() });
  }),
  setDefault: edit(
    (_, { field }, id) =>
      (edit) =>
        setDefaultChoice(edit, { field, id }),
  ),
  clearDefault: edit(
    (_, { field }) =>
      (edit) =>
        setDefaultChoice(edit, { field, id: null }),
  ),
  apply: edit(
    (_, { key, place }, id) =>
      (edit) =>
        applyChoiceChanges(edit, [
          { kind: 'update', input: { id, label: `Applied ${key} ${place}` } },
          { kind: 'addAlias', input: { choiceId: id, value: `${key} ${place}` } },
          { kind: 'setActive', input: { id, active: true } },
        ]),
  ),
  revert: edit((_, { place }) => async (edit) => {
    const { rows } = await sql<{ sequence: string }>`
      SELECT sequence::text AS sequence FROM choice_change WHERE tenant_id = ${edit.tenant.id} AND type = 'industry' AND operation IS NOT NULL
      ORDER BY choice_change.sequence DESC LIMIT 20`.execute(edit.transaction);
    return revertChange(edit, { sequence: rows[place % rows.length]?.sequence ?? '0' });
  }),
  createByString: choose((industry) => ({ industry }), true),
  createByAlias: choose((key) => ({ industry: key.toUpperCase() }), true),
  createByKey: choose((key) => ({ industryRef: { key } }), true),
  updateByString: choose((industry) => ({ industry }), false),
  updateByKey: choose((key) => ({ industryRef: { key } }), false),
  writeString: writeSql(({ table, legacyColumn }) => `UPDATE ${table} SET ${legacyColumn} = $2 WHERE id = $1`),
  writeRef: writeSql(
    ({ table, refColumn, type }) =>
      `UPDATE ${table} AS record SET ${refColumn} = choice.id FROM ${type.table} AS choice
       WHERE record.id = $1 AND choice.tenant_id = record.tenant_id AND choice.key = $2`,
  ),
} as const satisfies Record<string, Act>;

const EDITS = [
  ...(['rename', 'merge', 'merge', 'undo', 'deactivate', 'activate', 'activate', 'addAlias', 'removeAlias'] as const),
  ...(['reorder', 'setDefault', 'clearDefault', 'apply', 'revert'] as const),
] as const;
const WRITES = ['createByString', 'createByAlias', 'createByKey', 'updateByString', 'updateByKey'] as const;

/** What happens at once in a round: edits of a few choices, and writers who choose just these. */
export function composeRound(round: number): fc.Arbitrary<readonly Action[]> {
  const own = [`made_${round}`, `made_${Math.max(0, round - 1)}`];
  const all = [...LASTING, ...FLEETING, ...own];
  const place = fc.nat(1_000);
  const field = fc.constantFrom(...FIELDS);
  const act = (kinds: readonly Action['kind'][], keys: readonly string[], others = keys) =>
    fc.record({ kind: fc.constantFrom(...kinds), key: fc.constantFrom(...keys), other: fc.constantFrom(...others), place, field });
  const fleeting = [...FLEETING, ...own];
  return fc
    .tuple(
      fc.array(act(EDITS, LASTING, all), { minLength: 4, maxLength: 5 }),
      fc.array(act([...EDITS, 'delete', 'delete', 'restore'], fleeting, all), { minLength: 3, maxLength: 4 }),
      act(['create'], own),
      act(['delete', 'delete', 'restore'], own),
      fc.array(act(WRITES, all), { minLength: 6, maxLength: 8 }),
      fc.array(act(['writeString', 'writeRef'], all), { minLength: 3, maxLength: 4 }),
    )
    .map(([lasting, deleted, created, gone, writes, raw]) => [...lasting, created, gone, ...deleted, ...writes, ...raw]);
}

/** Records for writers to write on. */
export async function createRace(editor: ChoiceEditor, api: TestApi, pool: pg.Pool): Promise<Race> {
  const records: Record<string, string[]> = {};
  for (const { table } of FIELDS)
    records[table] = await Promise.all(
      Array.from({ length: 12 }, (_, n) => insertRecord(editor.crm, table, { industry: LASTING[n % LASTING.length] })),
    );
  return { editor, api, pool, records };
}
