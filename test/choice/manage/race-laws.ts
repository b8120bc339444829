import { expect } from '@jest/globals';
import { countChoiceUses } from '../../../src/choice/manage/count-uses.ts';
import { settleMerges } from '../../../src/choice/manage/merge/settle-merges.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { readRules } from '../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { readThrough } from '../../../src/database/read.ts';
import { readChanges, verifyAll } from '../audit/chains.ts';
import { readTables, replayChanges } from '../audit/replay-tables.ts';
import type { ChoiceEditor } from './choice-editor.ts';
import { INDUSTRY } from './choice-editor.ts';
import { FIELDS } from './race-actions.ts';

/**
 * Notes each choice that a record newly gets through the API, with the last change of the tenant's choices that had been committed by then.
 * The writer holds the choice: no change of it comes between the two and the writer's commit.
 */
export async function watchChoosers({ client }: ChoiceEditor): Promise<void> {
  await client.query(`
    CREATE TABLE race_choosing (record_id uuid, ref uuid, sequence bigint);
    CREATE FUNCTION race_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
      IF NEW.industry_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.industry_id IS DISTINCT FROM NEW.industry_id)
        AND current_setting('application_name') LIKE 'dynamic-choices api%' THEN
        INSERT INTO race_choosing SELECT NEW.id, NEW.industry_id, sequence FROM choice_chain WHERE tenant_id = NEW.tenant_id;
      END IF;
      RETURN NULL;
    END $$`);
  for (const { table } of FIELDS)
    await client.query(`CREATE TRIGGER race_note AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION race_note()`);
}

/** What was chosen though it was inactive, merged away or deleted then, by the order of the audit. Answers how many were chosen at all. */
export async function expectOnlyActiveChosen({ client, acme }: ChoiceEditor): Promise<number> {
  const { rows } = await client.query<{ record_id: string; ref: string; sequence: string }>('SELECT * FROM race_choosing');
  const changes = (await readChanges(client, acme)).filter(({ kind, type }) => kind === 'choice' && type === INDUSTRY.table);
  const wrong = rows.filter(({ ref, sequence }) => {
    const now = changes.findLast((change) => change.object === ref && Number(change.sequence) <= Number(sequence))?.after;
    return !now || now.active !== true || now.deleted_at !== null || now.merged_into_id !== null;
  });
  expect(wrong).toEqual([]);
  return rows.length;
}

/** What holds whenever nobody writes. */
export async function expectLaws(editor: ChoiceEditor): Promise<void> {
  const { crm, client, acme } = editor;
  expect(await settleMerges(crm.owner.sql, { ...crm.scope, tenants: [crm.tenant('acme')] }, crm.run)).toMatchObject({ ok: true });
  for (const { table } of FIELDS) {
    const { rows } = await client.query(
      `SELECT record.id, record.industry, choice.key, choice.deleted_at, root.key AS root
       FROM ${table} AS record LEFT JOIN industry AS choice ON choice.tenant_id = record.tenant_id AND choice.id = record.industry_id
       LEFT JOIN industry AS root ON root.tenant_id = choice.tenant_id AND root.id = choice.merged_into_id
       WHERE record.industry_id IS NOT NULL AND (choice.id IS NULL OR choice.deleted_at IS NOT NULL OR root.id IS NOT NULL)`,
    );
    expect(rows).toEqual([]);
  }
  // A string that SQL writes at the moment at which a choice comes to be named so has no ref yet; one that no choice has stays without.
  await migrateRecords(crm.owner.sql, crm.scope, crm.run);
  const { findings } = await verifyRecords(crm.owner.sql, crm.scope);
  expect(findings.filter(({ code }) => code !== 'UNMAPPED')).toEqual([]);
  await expectExactCounts(editor);
  await expectOnlyActiveChosen(editor);
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
  expect(await replayChanges(client, acme)).toEqual(await readTables(client, acme));
}

async function expectExactCounts({ crm, client, acme, read }: ChoiceEditor): Promise<void> {
  const db = readThrough(crm.owner.sql);
  const usesOf = await countChoiceUses(db, { registry: choiceRegistry, type: INDUSTRY, tenantId: acme, rules: await readRules(db) });
  for (const { id, key } of (await read()).values())
    for (const { field, records } of usesOf(id)) {
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM ${field.table} WHERE tenant_id = $1 AND ${field.refColumn} = $2`,
        [acme, id],
      );
      expect([field.coordinate, key, records]).toEqual([field.coordinate, key, rows[0]!.count]);
    }
}
