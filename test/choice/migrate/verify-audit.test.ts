import { afterAll, beforeAll, test } from '@jest/globals';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

let faulty: FaultyCrm;
beforeAll(async () => {
  faulty = await createFaultyCrm({ tenants: ['acme'] });
});
afterAll(() => faulty.close());

test.each([
  ['choice_change_payload(choice_change)', 'text'],
  ['append_choice_changes(text, text, jsonb[], jsonb[])', undefined],
  ['take_choice_chain(uuid)', undefined],
  ['take_choice_chains(uuid[])', undefined],
  ['lock_choice_chain(uuid)', undefined],
])('what the audit rests on, changed: %s', async (signature, returns) => {
  const name = signature.replace(/\(.*/, '');
  const told = { field: 'Lead.industry', message: `the function "${name}" is not as it was made` };
  const damages = [`GRANT EXECUTE ON FUNCTION ${signature} TO PUBLIC`, `ALTER FUNCTION ${signature} SET search_path = public`];
  if (returns !== undefined)
    damages.push(`CREATE OR REPLACE FUNCTION ${name}(entry choice_change) RETURNS ${returns} LANGUAGE sql STABLE AS 'SELECT entry.actor'`);
  for (const damage of damages) await faulty.expectFound(damage, { code: 'TRIGGER', ...told });
});

const AUDITED = ['choice_field_state', 'choice_tenant_state', 'choice_acceptance'];
test.each([
  ...AUDITED.flatMap((table) => ['insert', 'update', 'delete', 'truncate'].map((event) => [table, `aaa_audit_${event}`] as const)),
  ['choice_change', 'guard_choice_change'],
  ['choice_chain', 'guard_choice_chain'],
  ['choice_chain', 'guard_choice_chain_end'],
] as const)('the trigger of %s that is called %s, off or missing', async (table, name) => {
  const told = (problem: string) => ({ code: 'TRIGGER' as const, message: `the trigger "${name}" of "${table}" ${problem}` });
  await faulty.expectFound(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`, told('does not work'));
  await faulty.expectFound(`DROP TRIGGER ${name} ON ${table}`, told('is missing'));
});

test('the key of the chains and that of their entries, missing', async () => {
  for (const table of ['choice_chain', 'choice_change'])
    await faulty.expectFound(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_key`, {
      code: 'CONSTRAINT',
      message: `the constraint "${table}_key" of "${table}" is missing`,
    });
});
