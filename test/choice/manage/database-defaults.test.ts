import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { mergeInto, useRuleWriters } from './rule-writers.ts';

const leadStatus = choiceRegistry.field('Lead.status')!;
const writers = useRuleWriters();
const setDefault = async (by: pg.Client, field: string, key: string) =>
  by.query(`INSERT INTO choice_default VALUES ($1, $2, $3) ON CONFLICT (tenant_id, field) DO UPDATE SET choice_id = excluded.choice_id`, [
    writers.acme,
    field,
    await writers.idOf(key),
  ]);

describe('the last active choice of a field that has to have one', () => {
  const kept = { code: '23514', constraint: 'choice_last_active', column: 'active' };
  const others = `tenant_id = $1 AND key <> 'tech' AND active`;
  const end = (by: pg.Client, set: string, which = `key = 'tech'`) =>
    by.query(`UPDATE industry SET ${set} WHERE tenant_id = $1 AND ${which}`, [writers.acme]);

  test.each(['active = false', 'deleted_at = now()', mergeInto('retail')])('stays: %s', async (set) => {
    await writers.owner.query(`UPDATE industry SET active = false WHERE ${others}`, [writers.acme]);
    for (const by of [writers.owner, writers.app]) await expect(end(by, set)).rejects.toMatchObject(kept);
    await writers.update(writers.app, 'retail', 'active = true');
    expect((await end(writers.app, set)).rowCount).toBe(1);
  });

  test('stays, though each of a statement’s choices would leave another', async () => {
    await expect(end(writers.owner, 'active = false', 'true')).rejects.toMatchObject(kept);
  });

  test('is not taken by two writers at once', async () => {
    await writers.owner.query(`UPDATE industry SET active = false WHERE ${others} AND key <> 'retail'`, [writers.acme]);
    await writers.owner.query('BEGIN');
    await end(writers.owner, 'active = false');
    const refused = expect(writers.update(writers.app, 'retail', 'active = false')).rejects.toMatchObject(kept);
    await waitUntilBlocked(writers.observer, writers.owner);
    await writers.owner.query('COMMIT');
    await refused;
  });

  test('may go where no field has to have one', async () => {
    expect(
      (await writers.owner.query(`UPDATE marketing_channel SET active = false WHERE tenant_id = $1`, [writers.acme])).rowCount,
    ).toBeGreaterThan(1);
    await writers.owner.query(`UPDATE marketing_channel SET active = true`);
  });
});

describe('a default', () => {
  const kept = { code: '23514', constraint: 'choice_default' };

  test('is neither deactivated nor deleted', async () => {
    await setDefault(writers.app, 'Lead.industry', 'tech');
    await expect(writers.update(writers.app, 'tech', 'active = false')).rejects.toMatchObject(kept);
    await expect(writers.remove(writers.app, 'tech')).rejects.toMatchObject(kept);
    await setDefault(writers.app, 'Lead.industry', 'retail');
    expect((await writers.update(writers.app, 'tech', 'active = false')).rowCount).toBe(1);
  });

  test('goes along with a merge', async () => {
    await setDefault(writers.app, 'Lead.industry', 'tech');
    await writers.update(writers.app, 'tech', mergeInto('retail'));
    const { rows } = await writers.owner.query('SELECT choice_id FROM choice_default WHERE tenant_id = $1', [writers.acme]);
    expect(rows).toEqual([{ choice_id: await writers.idOf('retail') }]);
  });

  test('is an active choice of the tenant and the field’s type', async () => {
    const status = await writers.owner.query<{ id: string }>(`SELECT id FROM lead_status WHERE tenant_id = $1`, [writers.acme]);
    const insert = (field: string, id: string) =>
      writers.app.query('INSERT INTO choice_default VALUES ($1, $2, $3)', [writers.acme, field, id]);
    await writers.update(writers.owner, 'tech', 'active = false');
    await expect(insert('Lead.industry', await writers.idOf('tech'))).rejects.toMatchObject(kept);
    await expect(insert('Lead.industry', await writers.idOf('retail', writers.crm.tenant('globex').id))).rejects.toMatchObject(kept);
    await expect(insert('Lead.industry', status.rows[0]!.id)).rejects.toMatchObject(kept);
    await expect(insert('Lead.colour', await writers.idOf('retail'))).rejects.toMatchObject(kept);
    await insert(leadStatus.coordinate, status.rows[0]!.id);
  });

  test.each(['the default first', 'the deactivation first'])('and a deactivation at once, %s, do not both succeed', async (order) => {
    const [one, two] = order === 'the default first' ? ([writers.owner, writers.app] as const) : ([writers.app, writers.owner] as const);
    const steps = [() => setDefault(writers.owner, 'Lead.industry', 'tech'), () => writers.update(writers.app, 'tech', 'active = false')];
    const [first, second] = order === 'the default first' ? steps : steps.toReversed();
    await one.query('BEGIN');
    await first!();
    const refused = expect(second!()).rejects.toMatchObject(kept);
    await waitUntilBlocked(writers.observer, one);
    await one.query('COMMIT');
    await refused;
    expect(two).not.toBe(one);
  });

  test('is recorded', async () => {
    await setDefault(writers.app, 'Lead.industry', 'tech');
    await writers.app.query('DELETE FROM choice_default');
    const { rows } = await writers.owner.query(
      `SELECT kind, type, object, action, before ->> 'choice_id' AS before, after ->> 'choice_id' AS after FROM choice_change
       WHERE tenant_id = $1 AND kind = 'default' ORDER BY sequence DESC LIMIT 2`,
      [writers.acme],
    );
    const tech = await writers.idOf('tech');
    const entry = { kind: 'default', type: 'Lead.industry', object: 'Lead.industry' };
    expect(rows).toEqual([
      { ...entry, action: 'delete', before: tech, after: null },
      { ...entry, action: 'insert', before: null, after: tech },
    ]);
  });

  test('is seen by its tenant alone', async () => {
    await writers.owner.query('INSERT INTO choice_default VALUES ($1, $2, $3)', [
      writers.crm.tenant('globex').id,
      'Lead.industry',
      await writers.idOf('tech', writers.crm.tenant('globex').id),
    ]);
    expect((await writers.app.query('SELECT FROM choice_default')).rowCount).toBe(0);
  });
});
