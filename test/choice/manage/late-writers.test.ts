import { afterEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { deleteChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import type { Phase } from '../../../src/choice/migrate/phase.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { writeFunctionName } from '../../../src/choice/derive/write-function.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { insertRecord, type StoredColumns } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let editor: ChoiceEditor;
const start = async (phase: Phase) => {
  editor = await createChoiceEditor(await createTestCrm({ phase, fields: [FIELD] }));
};
afterEach(() => editor.close());

type Work = Parameters<ChoiceEditor['edit']>[0];

/** Carries out an edit, and a write that begins after it was made and before it is committed; answers how the write ended. */
async function writeDuring<Result>(work: Work, write: () => Promise<Result>): Promise<PromiseSettledResult<Result>> {
  let written: Promise<PromiseSettledResult<Result>[]> | undefined;
  await editor.edit(async (edit) => {
    await work(edit);
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(edit.transaction);
    written = Promise.allSettled([write()]);
    await waitUntilBlocked(editor.other, rows[0]!.pid);
  });
  return (await written!)[0]!;
}

const findFaults = async () =>
  (await verifyRecords(editor.crm.owner.sql, editor.crm.scope)).findings.map(({ code }) => code).filter((code) => code !== 'UNMAPPED');

const insert = (legacy: string) => insertRecord(editor.client, FIELD, editor.acme, { legacy });
const removePower: Work = (edit) => removeAlias(edit, { value: 'Power' });
const remove =
  (id: string): Work =>
  (edit) =>
    deleteChoice(edit, { id });

describe.each(['populated', 'migrated', 'preferred'] as const)('at %s, a writer of SQL who meets', (phase) => {
  const unmapped = (legacy: string) => ({ status: 'fulfilled', value: expect.objectContaining({ legacy, ref: null }) as unknown });

  test('the deletion of the choice that the string names writes it as one that no choice has', async () => {
    await start(phase);
    const id = await editor.id('energy');
    expect(await writeDuring(remove(id), () => insert('energy'))).toEqual(unmapped('energy'));
    expect(await findFaults()).toEqual([]);
  });

  test('the removal of the alias that the string is, likewise', async () => {
    await start(phase);
    const choiceId = await editor.id('energy');
    await editor.edit((edit) => addAlias(edit, { choiceId, value: 'Power' }));
    expect(await writeDuring(removePower, () => insert('Power'))).toEqual(unmapped('Power'));
    expect(await findFaults()).toEqual([]);
  });

  test('a deletion, with one of many rows, by an update, and by the ref', async () => {
    await start(phase);
    const id = await editor.id('energy');
    const [first, second] = [await insert('tech'), await insert('retail')];
    const update = async () =>
      (
        await editor.client.query<StoredColumns>(
          `UPDATE lead SET industry = CASE id WHEN $1 THEN 'finance' ELSE 'energy' END WHERE id IN ($1, $2)
           RETURNING industry AS legacy, (SELECT key FROM industry AS choice WHERE choice.id = industry_id) AS ref`,
          [first.id, second.id],
        )
      ).rows;
    const updated = await writeDuring(remove(id), update);
    expect(updated).toMatchObject({ status: 'fulfilled' });
    expect(new Set('value' in updated ? updated.value : [])).toEqual(
      new Set([
        { legacy: 'finance', ref: 'finance' },
        { legacy: 'energy', ref: null },
      ]),
    );
    const other = await editor.id('education');
    expect(await writeDuring(remove(other), () => insertRecord(editor.client, FIELD, editor.acme, { ref: other }))).toMatchObject({
      status: 'rejected',
      reason: { code: '23503', message: 'Lead.industry: the choice "education" was deleted' },
    });
    expect(await findFaults()).toEqual([]);
  });

  test.each([
    ['the deletion', remove],
    ['the removal of an alias', () => removePower],
  ])('%s before it has begun has that wait, and be refused', async (_, edit) => {
    await start(phase);
    const choiceId = await editor.id('energy');
    await editor.edit((edit) => addAlias(edit, { choiceId, value: 'Power' }));
    await editor.client.query('BEGIN');
    await insert('Power');
    const edited = Promise.allSettled([editor.edit(edit(choiceId))]);
    await waitUntilBlocked(editor.other, editor.client);
    await editor.client.query('COMMIT');
    expect((await edited)[0]).toMatchObject({ status: 'rejected', reason: { code: 'CHOICE_IN_USE' } });
    expect(await findFaults()).toEqual([]);
  });
});

describe('without the legacy column, a writer who meets', () => {
  const insertByRef = (ref: string) =>
    editor.client.query(
      `INSERT INTO lead (tenant_id, first_name, last_name, email, company, lead_source, industry_id)
    VALUES ($1, 'Ada', 'Example', 'ada@example.com', 'Example Ltd', 'none', $2) RETURNING id`,
      [editor.acme, ref],
    );

  test('a deletion is told that the choice was deleted', async () => {
    await start('contracted');
    const id = await editor.id('energy');
    expect(await writeDuring(remove(id), () => insertByRef(id))).toMatchObject({
      status: 'rejected',
      reason: { code: '23503', message: 'Lead.industry: the choice "energy" was deleted' },
    });
    expect(await findFaults()).toEqual([]);
  });

  test.each(['energy', 'Power'])('the end of the string %s has it kept as one that no choice has', async (value) => {
    await start('contracted');
    const [id, tech] = [await editor.id('energy'), await editor.id('tech')];
    if (value === 'Power') await editor.edit((edit) => addAlias(edit, { choiceId: id, value }));
    const { rows } = await insertByRef(tech);
    const record = (rows[0] as { id: string }).id;
    const write = () => editor.client.query(`SELECT ${writeFunctionName(FIELD)}($1, $2, $3)`, [editor.acme, record, value]);
    expect(await writeDuring(value === 'Power' ? removePower : remove(id), write)).toMatchObject({ status: 'fulfilled' });
    const stored = await editor.client.query(
      `SELECT industry_id AS ref, legacy_value AS legacy FROM lead JOIN choice_archive ON record_id = id WHERE id = $1`,
      [record],
    );
    expect(stored.rows).toEqual([{ ref: null, legacy: value }]);
    expect(await findFaults()).toEqual([]);
  });
});
