import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deriveChoiceTables } from '../../../src/choice/derive/choice-tables.ts';
import { foreignKeyName } from '../../../src/choice/derive/foreign-key.ts';
import { deriveIndexes } from '../../../src/choice/derive/indexes.ts';
import { deriveObjects } from '../../../src/choice/derive/objects.ts';
import { deriveSyncTriggers, syncFunctionName } from '../../../src/choice/derive/sync-trigger.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

let faulty: FaultyCrm;
beforeAll(async () => {
  faulty = await createFaultyCrm({ tenants: ['acme'] });
});
afterAll(() => faulty.close());

test('everything is as it was made, for every field and type', async () => {
  expect(await faulty.verify()).toEqual([]);
});

describe.each(choiceRegistry.fields.map((field) => [field.coordinate, field] as const))('%s', (coordinate, field) => {
  const { table, legacyColumn, refColumn } = field;
  const at = { field: coordinate, remedy: `choices expand --field ${coordinate}` };
  const naming = (name: string, problem: string) => ({
    ...at,
    message: expect.stringMatching(`"${name}" ${problem}`) as unknown as string,
  });

  test('whatever is missing', async () => {
    for (const { name } of deriveObjects(field, 'column').triggers)
      await faulty.expectFound(`DROP TRIGGER ${name} ON ${table}`, { code: 'TRIGGER', ...naming(name, 'is missing') }, [field]);
    for (const { name } of deriveIndexes(field, 'column'))
      await faulty.expectFound(`DROP INDEX ${name}`, { code: 'INDEX', ...naming(name, 'is missing') }, [field]);
    const name = foreignKeyName(field);
    await faulty.expectFound(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`, { code: 'CONSTRAINT', ...naming(name, 'is missing') }, [
      field,
    ]);
  });

  test('a legacy column that is not as it is declared', async () => {
    const told = { field: coordinate, message: expect.stringContaining(`"${legacyColumn}" is not as it is declared`) as unknown as string };
    for (const change of [field.required ? 'DROP NOT NULL' : 'SET NOT NULL', `SET DEFAULT 'another'`])
      await faulty.expectFound(`ALTER TABLE ${table} ALTER COLUMN ${legacyColumn} ${change}`, { code: 'COLUMN', ...told }, [field]);
  });

  test('a ref column that is missing, and with it all that hung on it', async () => {
    await faulty.plant(`ALTER TABLE ${table} DROP COLUMN ${refColumn} CASCADE`);
    const findings = await faulty.verify(field);
    expect(findings[0]).toMatchObject({ code: 'COLUMN', message: `the column "${refColumn}" is missing` });
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['COLUMN', 'TRIGGER', 'CONSTRAINT', 'INDEX']));
    expect(await faulty.mend(findings[0]!)).toBe(0);
    expect(await faulty.verify(field)).toEqual([]);
  });
});

describe('what is there, and is not as it is derived', () => {
  const field = choiceRegistry.fields[0]!;
  const { table, refColumn } = field;
  const naming = (name: string, problem: string) => ({ message: `the ${name} ${problem}`, remedy: 'choices expand --field Lead.industry' });

  test('a trigger', async () => {
    for (const { name, event } of deriveSyncTriggers(field, 'column')) {
      const told = (problem: string) => ({ code: 'TRIGGER' as const, ...naming(`trigger "${name}"`, problem) });
      await faulty.expectFound(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`, told('is disabled'));
      await faulty.expectFound(`ALTER TABLE ${table} ENABLE REPLICA TRIGGER ${name}`, told('is disabled'));
      const changed = `CREATE OR REPLACE TRIGGER ${name} BEFORE ${event} ON ${table} FOR EACH ROW WHEN (false) EXECUTE FUNCTION ${syncFunctionName(field)}()`;
      await faulty.expectFound(changed, told('is not as it is derived'));
    }
  });

  test('a function', async () => {
    const name = syncFunctionName(field);
    for (const damage of [
      `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'`,
      `ALTER FUNCTION ${name}() SECURITY INVOKER`,
      `GRANT EXECUTE ON FUNCTION ${name}() TO PUBLIC`,
    ])
      await faulty.expectFound(damage, { code: 'TRIGGER', ...naming(`function "${name}"`, 'is not as it is derived') });
  });

  test('a foreign key', async () => {
    const name = foreignKeyName(field);
    const again = (rest: string) =>
      `ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} FOREIGN KEY (tenant_id, ${refColumn}) REFERENCES ${field.type.table} (tenant_id, id) ${rest}`;
    const told = (problem: string) => ({ code: 'CONSTRAINT' as const, ...naming(`constraint "${name}"`, problem) });
    await faulty.expectFound(again('ON DELETE CASCADE'), told('is not as it is derived'));
    await faulty.expectFound(again('ON DELETE RESTRICT NOT VALID'), told('is not valid'));
  });

  test('an index', async () => {
    for (const { name } of deriveIndexes(field, 'column')) {
      const told = (problem: string) => ({ code: 'INDEX' as const, ...naming(`index "${name}"`, problem) });
      await faulty.expectFound(`DROP INDEX ${name}; CREATE INDEX ${name} ON ${table} (tenant_id)`, told('is not as it is derived'));
      await faulty.expectFound(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${name}'::regclass`, told('is not valid'));
    }
  });
});

describe.each(choiceRegistry.types.map((type) => [type.name, type] as const))('the tables of %s', (_, type) => {
  const { table, aliasTable } = type;
  const users = choiceRegistry.fieldsOfType(type);
  const at = { field: users[0]!.coordinate };
  const { triggers, indexes } = deriveChoiceTables(type);

  test('a trigger or an index that is missing', async () => {
    for (const { name, table: owner } of triggers)
      await faulty.expectFound(
        `DROP TRIGGER ${name} ON ${owner}`,
        { code: 'TRIGGER', ...at, message: `the trigger "${name}" of "${owner}" is missing` },
        users,
      );
    for (const { name, table: owner } of indexes)
      await faulty.expectFound(
        `DROP INDEX ${name}`,
        { code: 'INDEX', ...at, message: `the index "${name}" of "${owner}" is missing` },
        users,
      );
  });

  test('a trigger that is disabled or changed, an index that is changed or not valid', async () => {
    const [trigger] = triggers;
    const triggerTold = (problem: string) => ({
      code: 'TRIGGER' as const,
      ...at,
      message: `the trigger "${trigger!.name}" of "${table}" ${problem}`,
    });
    await faulty.expectFound(`ALTER TABLE ${table} DISABLE TRIGGER ${trigger!.name}`, triggerTold('is disabled'), users);
    await faulty.expectFound(
      trigger!.statement.replace('FOR EACH ROW', 'FOR EACH ROW WHEN (false)'),
      triggerTold('is not as it was made'),
      users,
    );
    const [index] = indexes;
    const indexTold = (problem: string) => ({
      code: 'INDEX' as const,
      ...at,
      message: `the index "${index!.name}" of "${table}" ${problem}`,
    });
    const another = `DROP INDEX ${index!.name}; CREATE UNIQUE INDEX ${index!.name} ON ${table} (tenant_id, choice_label_key(label))`;
    await faulty.expectFound(another, indexTold('is not as it was made'), users);
    await faulty.expectFound(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${index!.name}'::regclass`,
      indexTold('is not valid'),
      users,
    );
  });

  test('a constraint that is missing or not validated', async () => {
    const { rows } = await faulty.owner.query<{ table: string; name: string; definition: string }>(
      `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE conrelid IN ('${table}'::regclass, '${aliasTable}'::regclass) AND contype IN ('p', 'u', 'f', 'c') AND pg_get_constraintdef(oid) NOT LIKE '%position%'`,
    );
    expect(rows).toHaveLength(deriveChoiceTables(type).constraints.length);
    for (const { table: owner, name, definition } of rows) {
      // Foreign keys hang on the key: without it they go too, and the field's own is mended by another command.
      if (definition === 'PRIMARY KEY (tenant_id, id)') continue;
      const drop = `ALTER TABLE ${owner} DROP CONSTRAINT ${name}`;
      await faulty.expectFound(
        drop,
        { code: 'CONSTRAINT', ...at, message: expect.stringContaining(`"${owner}" lacks its constraint`) as unknown as string },
        users,
      );
      if (!/^(FOREIGN|CHECK)/.test(definition)) continue;
      const again = (rest: string) => `ALTER TABLE ${owner} ADD CONSTRAINT planted ${rest}`;
      const { rows: named } = await faulty.owner.query<{ name: string }>(
        `SELECT conname AS name FROM pg_constraint WHERE conrelid = '${owner}'::regclass AND pg_get_constraintdef(oid) = $1`,
        [definition],
      );
      await faulty.expectFound(
        `ALTER TABLE ${owner} DROP CONSTRAINT ${named[0]!.name}; ${again(`${definition} NOT VALID`)}`,
        {
          code: 'CONSTRAINT',
          ...at,
          message: `the constraint "planted" of "${owner}" is not validated`,
        },
        users,
      );
      await faulty.plant(`ALTER TABLE ${owner} RENAME CONSTRAINT planted TO ${name}`);
    }
  });

  test('a primary key that is missing, with every foreign key that hung on it', async () => {
    await faulty.plant(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey CASCADE`);
    const findings = await faulty.verify(...users);
    // The keys of choices and aliases, and that of each field.
    expect(findings.map(({ code }) => code)).toEqual(Array.from({ length: 3 + users.length }, () => 'CONSTRAINT'));
    const [primary, ...others] = findings.toSorted((a, b) => Number(b.message.includes('PRIMARY')) - Number(a.message.includes('PRIMARY')));
    for (const finding of [primary!, ...others]) expect(await faulty.mend(finding)).toBe(0);
    expect(await faulty.verify(...users)).toEqual([]);
  });
});

const INVOKERS = ['guard_choice', 'guard_choice_change', 'guard_choice_chain'];

test.each([...INVOKERS, 'flatten_merges', 'add_own_alias', 'guard_own_alias', 'count_revision', 'record_choice_change'])(
  'the function %s, changed',
  async (name) => {
    const told = { field: 'Lead.industry', message: `the trigger function "${name}" is not as it was made` };
    for (const damage of [
      `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY ${INVOKERS.includes(name) ? 'INVOKER' : 'DEFINER'} SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'`,
      `ALTER FUNCTION ${name}() SECURITY ${INVOKERS.includes(name) ? 'DEFINER' : 'INVOKER'}`,
      `ALTER FUNCTION ${name}() RESET search_path`,
      `GRANT EXECUTE ON FUNCTION ${name}() TO PUBLIC`,
    ])
      await faulty.expectFound(damage, { code: 'TRIGGER', ...told });
  },
);

test.each(
  ['choice_field_state', 'choice_tenant_state'].flatMap((table) => [
    [table, 'count_revision_insert', 'AFTER INSERT'] as const,
    [table, 'count_revision_update', 'AFTER UPDATE'] as const,
    [table, 'count_revision_delete', 'AFTER DELETE'] as const,
  ]),
)('the trigger of %s that is called %s, off, changed or missing', async (table, name, event) => {
  const told = (problem: string) => ({ code: 'TRIGGER' as const, message: `the trigger "${name}" of "${table}" ${problem}` });
  await faulty.expectFound(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`, told('does not work'));
  const changed = `CREATE OR REPLACE TRIGGER ${name} ${event} ON ${table} FOR EACH ROW WHEN (false) EXECUTE FUNCTION count_revision()`;
  await faulty.expectFound(changed, told('is not as it was made'));
  await faulty.expectFound(`DROP TRIGGER ${name} ON ${table}`, told('is missing'));
});

test('the key and the indexes of the archive, changed or missing', async () => {
  const told = (what: string, problem: string) => ({ message: `the ${what} of "choice_archive" ${problem}` });
  const key = 'constraint "choice_archive_pkey"';
  const dropKey = 'ALTER TABLE choice_archive DROP CONSTRAINT choice_archive_pkey';
  await faulty.expectFound(dropKey, { code: 'CONSTRAINT', ...told(key, 'is missing') });
  const another = `${dropKey}, ADD CONSTRAINT choice_archive_pkey PRIMARY KEY (record_id, field, tenant_id)`;
  await faulty.expectFound(another, { code: 'CONSTRAINT', ...told(key, 'is not as it was made') });
  for (const name of ['choice_archive_value_idx', 'choice_archive_unset_idx']) {
    const index = `index "${name}"`;
    await faulty.expectFound(`DROP INDEX ${name}`, { code: 'INDEX', ...told(index, 'is missing') });
    const damage = `DROP INDEX ${name}; CREATE INDEX ${name} ON choice_archive (tenant_id)`;
    await faulty.expectFound(damage, { code: 'INDEX', ...told(index, 'is not as it was made') });
  }
});

test('foreign keys that are switched off', async () => {
  await faulty.plant('ALTER TABLE opportunity DISABLE TRIGGER ALL');
  const findings = await faulty.verify();
  expect(findings.map(({ code, field }) => [code, field])).toEqual([
    ...deriveObjects(choiceRegistry.field('Opportunity.dealSizeCategory')!, 'column').triggers.map(() => [
      'TRIGGER',
      'Opportunity.dealSizeCategory',
    ]),
    ['CONSTRAINT', 'Opportunity.dealSizeCategory'],
  ]);
  expect(findings.at(-1)!.message).toContain('opportunity_deal_size_category_id_fkey');
  // Only a superuser may do that.
  await faulty.plant(findings.at(-1)!.remedy);
  expect(await faulty.verify()).toEqual([]);
});

describe('row-level security', () => {
  const tables = [
    ...choiceRegistry.fields
      .filter((field, index, all) => all.findIndex((other) => other.table === field.table) === index)
      .map((field) => [field.table, field] as const),
    ...choiceRegistry.types.flatMap((type) =>
      [type.table, type.aliasTable].map((table) => [table, choiceRegistry.fieldsOfType(type)[0]!] as const),
    ),
    ...['tenant', 'choice_archive', 'choice_tenant_state', 'choice_acceptance', 'choice_phase_change', 'choice_change'].map(
      (table) => [table, choiceRegistry.fields[0]!] as const,
    ),
  ];

  test.each(tables)('that is off, without its policy, or past it by another one, on %s', async (table, field) => {
    const { rows } = await faulty.owner.query<{ name: string }>(
      `SELECT polname AS name FROM pg_policy WHERE polrelid = '${table}'::regclass`,
    );
    const { name } = rows[0]!;
    await faulty.expectFound(
      `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      {
        code: 'ROW_SECURITY',
        message: `row-level security is off on the table "${table}"`,
      },
      [field],
    );
    const told = (problem: string) => ({ code: 'ROW_SECURITY' as const, message: `the policy "${name}" of "${table}" is ${problem}` });
    await faulty.expectFound(`DROP POLICY ${name} ON ${table}`, told('missing'), [field]);
    await faulty.expectFound(`ALTER POLICY ${name} ON ${table} USING (true)`, told('not as it was made'), [field]);
    const another = { code: 'ROW_SECURITY' as const, message: `the policy "another" of "${table}" lets rows through past "${name}"` };
    await faulty.expectFound(`CREATE POLICY another ON ${table} FOR SELECT USING (true)`, another, [field]);
  });
});
