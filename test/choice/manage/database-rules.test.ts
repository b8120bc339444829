import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { mergeInto, useRuleWriters } from './rule-writers.ts';

const industry = choiceRegistry.field('Lead.industry')!;
const writers = useRuleWriters();

describe('a label', () => {
  test.each(['\t', '\n', '\u0001', '\u007f', '\u0085', '\u061c', '\u200e', '\u202e', '\u2066'])('with %j is refused', async (character) => {
    for (const by of [writers.owner, writers.app]) {
      await expect(by.query('UPDATE industry SET label = $1 WHERE tenant_id = $2', [`a${character}b`, writers.acme])).rejects.toMatchObject(
        {
          code: '23514',
          constraint: 'choice_label_characters',
          column: 'label',
        },
      );
      await expect(
        by.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'odd', $2, 1)`, [writers.acme, `a${character}b`]),
      ).rejects.toMatchObject({ constraint: 'choice_label_characters' });
    }
  });

  test.each(['שלום', '👩‍🚀', '"quoted", =1+1', 'Ünïcode'])('such as %j is not', async (label) => {
    await writers.owner.query('BEGIN');
    await writers.owner.query(`UPDATE industry SET label = $1 WHERE tenant_id = $2 AND key = 'tech'`, [label, writers.acme]);
    await writers.owner.query('ROLLBACK');
  });

  test('that was there before the rule stays, and its choice can be edited', async () => {
    await writers.owner.query('BEGIN');
    await writers.owner.query('ALTER TABLE industry DISABLE TRIGGER guard_choice_rules');
    await writers.update(writers.owner, 'tech', `label = E'Tech\\nnology'`);
    await writers.owner.query('ALTER TABLE industry ENABLE TRIGGER guard_choice_rules');
    expect((await writers.update(writers.owner, 'tech', 'active = false')).rowCount).toBe(1);
    await writers.owner.query('ROLLBACK');
  });
});

describe('a choice of the system’s', () => {
  test.each([
    ['is not deleted', 'deleted_at = now()'],
    ['is not deactivated', 'active = false'],
    ['is not merged away', mergeInto('retail')],
  ])('%s', async (_, set) => {
    await writers.update(writers.owner, 'tech', 'system = true');
    for (const by of [writers.owner, writers.app])
      await expect(writers.update(by, 'tech', set)).rejects.toMatchObject({ constraint: 'choice_system' });
    expect((await writers.update(writers.app, 'tech', `label = 'Technology!'`)).rowCount).toBe(1);
    await writers.update(writers.owner, 'tech', `label = 'Technology'`);
  });

  test('is not made, nor made an ordinary one, by the API’s role', async () => {
    await expect(writers.update(writers.app, 'tech', 'system = true')).rejects.toMatchObject({
      code: '42501',
      constraint: 'choice_system',
    });
    await expect(
      writers.app.query(`INSERT INTO industry (tenant_id, key, label, position, system) VALUES ($1, 'own', 'Own', 1, true)`, [
        writers.acme,
      ]),
    ).rejects.toMatchObject({ constraint: 'choice_system' });
    await writers.update(writers.owner, 'tech', 'system = true');
    await expect(writers.update(writers.app, 'tech', 'system = false')).rejects.toMatchObject({ constraint: 'choice_system' });
  });
});

describe('a choice is deleted only when nothing refers to it:', () => {
  const inUse = { code: '23001', constraint: 'choice_in_use', column: 'deleted_at' };

  test.each(['tech', 'Technik'])('no ref of a record with the string %j', async (legacy) => {
    await writers.owner.query(
      `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, 'Technik', $2) ON CONFLICT DO NOTHING`,
      [writers.acme, await writers.idOf('tech')],
    );
    expect(await insertRecord(writers.owner, industry, writers.acme, { legacy })).toMatchObject({ ref: await writers.idOf('tech') });
    for (const by of [writers.owner, writers.app]) await expect(writers.remove(by, 'tech')).rejects.toMatchObject(inUse);
    await writers.owner.query('DELETE FROM lead');
    expect((await writers.remove(writers.app, 'tech')).rowCount).toBe(1);
  });

  test('no ref of any of the fields', async () => {
    await writers.owner.query(`INSERT INTO account (tenant_id, name, industry) VALUES ($1, 'Example Ltd', 'tech')`, [writers.acme]);
    await expect(writers.remove(writers.app, 'tech')).rejects.toMatchObject(inUse);
    await writers.owner.query('DELETE FROM account');
    expect((await writers.remove(writers.app, 'tech')).rowCount).toBe(1);
  });

  test('no string of a record that has no ref yet, while strings are read', async () => {
    await writers.owner.query('ALTER TABLE lead DISABLE TRIGGER zzz_sync_lead_industry_insert');
    const { ref } = await insertRecord(writers.owner, industry, writers.acme, { legacy: 'tech' });
    await writers.owner.query('ALTER TABLE lead ENABLE TRIGGER zzz_sync_lead_industry_insert');
    expect(ref).toBeNull();
    await expect(writers.remove(writers.app, 'tech')).rejects.toMatchObject(inUse);

    await writers.owner.query(`UPDATE choice_tenant_state SET phase = 'preferred' WHERE tenant_id = $1 AND field = 'Lead.industry'`, [
      writers.acme,
    ]);
    expect((await writers.remove(writers.app, 'tech')).rowCount).toBe(1);
    await writers.owner.query(`UPDATE choice_tenant_state SET phase = 'populated' WHERE tenant_id = $1 AND field = 'Lead.industry'`, [
      writers.acme,
    ]);
  });

  test('no merged choice', async () => {
    await writers.update(writers.owner, 'finance', mergeInto('tech'));
    await expect(writers.remove(writers.app, 'tech')).rejects.toMatchObject(inUse);
    await expect(writers.remove(writers.app, 'finance')).rejects.toMatchObject({ constraint: 'choice_merged' });
  });

  test('other tenants’ records do not count', async () => {
    await insertRecord(writers.owner, industry, writers.crm.tenant('globex').id, { legacy: 'tech' });
    expect((await writers.remove(writers.app, 'tech')).rowCount).toBe(1);
  });

  test('what somebody writes at this moment is waited for', async () => {
    await writers.owner.query('BEGIN');
    await insertRecord(writers.owner, industry, writers.acme, { legacy: 'tech' });
    const deletion = writers.remove(writers.app, 'tech');
    const refused = expect(deletion).rejects.toMatchObject(inUse);
    await waitUntilBlocked(writers.observer, writers.owner);
    await writers.owner.query('COMMIT');
    await refused;
  });

  test('the API deletes none for good, nor together with its aliases', async () => {
    const statements = [
      `DELETE FROM industry WHERE tenant_id = $1 AND key = 'tech'`,
      `WITH gone AS (DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = 'tech') DELETE FROM industry WHERE tenant_id = $1 AND key = 'tech'`,
      `WITH gone AS (DELETE FROM industry WHERE tenant_id = $1 AND key = 'tech') DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = 'tech'`,
    ];
    for (const statement of statements)
      await expect(writers.app.query(statement, [writers.acme])).rejects.toMatchObject({ code: expect.stringMatching(/^23(503|514)$/) });
    expect(await writers.idOf('tech')).toBeDefined();
  });

  test('it keeps its key and its own alias, and nothing is merged into it', async () => {
    await writers.remove(writers.owner, 'tech');
    await expect(
      writers.owner.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'tech', 'New', 1)`, [writers.acme]),
    ).rejects.toMatchObject({ code: '23505' });
    await expect(
      writers.owner.query(`DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = 'tech'`, [writers.acme]),
    ).rejects.toMatchObject({
      code: '23514',
    });
    await expect(writers.update(writers.owner, 'finance', mergeInto('tech'))).rejects.toMatchObject({ constraint: 'choice_merged' });
  });

  test('a restored one needs a label that no other has', async () => {
    await writers.remove(writers.owner, 'tech');
    await writers.owner.query(
      `INSERT INTO industry (tenant_id, key, label, position) SELECT tenant_id, 'tech_2', label, 1 FROM industry WHERE id = $1`,
      [await writers.idOf('tech')],
    );
    await expect(writers.update(writers.owner, 'tech', 'deleted_at = NULL')).rejects.toMatchObject({
      code: '23505',
      constraint: 'industry_label_key',
    });
    await writers.remove(writers.owner, 'tech_2');
    await writers.update(writers.owner, 'tech_2', `label = 'tech_2'`);
  });
});

describe('a tenant has at most 1,000 choices of a type', () => {
  const fill = (by: pg.Client, from: number, to: number) =>
    by.query(
      `INSERT INTO industry (tenant_id, key, label, position) SELECT $1, 'many_' || n, 'Many ' || n, n FROM generate_series($2::int, $3) AS n`,
      [writers.acme, from, to],
    );
  const full = { code: '54000', constraint: 'choice_limit' };

  test('that are not deleted, whoever adds them, and one that is restored counts', async () => {
    const { rows } = await writers.owner.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM industry WHERE tenant_id = $1 AND deleted_at IS NULL',
      [writers.acme],
    );
    const room = 1_000 - rows[0]!.count;
    await expect(fill(writers.app, 1, room + 1)).rejects.toMatchObject(full);
    await fill(writers.app, 1, room);
    await expect(fill(writers.owner, room + 1, room + 1)).rejects.toMatchObject(full);
    await writers.remove(writers.app, 'many_1');
    await expect(fill(writers.app, room + 1, room + 2)).rejects.toMatchObject(full);
    await fill(writers.app, room + 1, room + 1);
    await expect(writers.update(writers.app, 'many_1', 'deleted_at = NULL')).rejects.toMatchObject(full);
    expect((await writers.update(writers.app, 'many_2', 'position = 7')).rowCount).toBe(1);
    await writers.remove(writers.owner, `many_${room + 1}`);
    await writers.remove(writers.owner, 'many_2');
  });

  test('also when two writers add the last one at once', async () => {
    await writers.update(writers.owner, 'many_1', 'deleted_at = NULL');
    await writers.owner.query('BEGIN');
    await fill(writers.owner, 5_001, 5_001);
    const second = fill(writers.app, 5_002, 5_002);
    const refused = expect(second).rejects.toMatchObject(full);
    await waitUntilBlocked(writers.observer, writers.owner);
    await writers.owner.query('COMMIT');
    await refused;
    await writers.owner.query(`UPDATE industry SET deleted_at = now() WHERE tenant_id = $1 AND key LIKE 'many%'`, [writers.acme]);
  });
});
