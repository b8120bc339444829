import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { createPreferredCrm, type PreferredCrm } from '../choice/migrate/preferred-crm.ts';
import { runCommand } from '../choice/migrate/verify-faults.ts';
import { RecordedStream } from './recorded-stream.ts';

const FIELD = choiceRegistry.field('Account.tier')!;

let preferred: PreferredCrm;
beforeAll(async () => {
  preferred = await createPreferredCrm([FIELD]);
});
afterAll(() => preferred.close());

async function run(...argv: string[]): Promise<{ exitCode: number; text: string }> {
  const stdout = new RecordedStream();
  const exitCode = await runCommand(preferred.crm.database.ownerUrl, [...argv, '--field', 'Account.tier'], { stdout });
  return { exitCode, text: stdout.text };
}
const runJson = async (...argv: string[]) => {
  const { exitCode, text } = await run(...argv, '--json');
  return { exitCode, document: JSON.parse(text) as unknown };
};

test('back by one tenant, on again, to the end and back: exit code 0, and one document each', async () => {
  const at = { field: 'Account.tier' };
  expect(await runJson('rollback', '--to', 'migrated', '--tenant', 'acme', '--reason', 'a drill')).toEqual({
    exitCode: 0,
    document: { ok: true, fields: [{ ...at, tenants: ['acme'], from: 'preferred', to: 'migrated', changed: true }], blockers: [] },
  });
  expect(await runJson('contract', '--window', '12h', '--force', '--reason', 'a drill', '--dry-run')).toMatchObject({
    exitCode: 3,
    document: { blockers: [{ code: 'NOT_PREFERRED', tenant: 'acme' }] },
  });
  expect(await runJson('prefer')).toMatchObject({
    exitCode: 0,
    document: {
      ok: true,
      fields: [
        { ...at, tenant: 'acme', phase: 'preferred', changed: true },
        { ...at, tenant: 'globex', changed: false },
      ],
    },
  });
  expect(await runJson('contract')).toMatchObject({ exitCode: 3, document: { blockers: [{ code: 'INSUFFICIENT_EVIDENCE' }] } });
  const contracted = { ok: true, fields: [{ ...at, changed: true, archived: expect.any(Number) }], blockers: [] };
  expect(await runJson('contract', '--force', '--reason', 'we know them all', '--dry-run')).toEqual({ exitCode: 0, document: contracted });
  expect(await runJson('contract', '--force', '--reason', 'we know them all')).toEqual({ exitCode: 0, document: contracted });
  expect(await runJson('rollback', '--to', 'preferred')).toEqual({
    exitCode: 0,
    document: { ok: true, fields: [{ ...at, from: 'contracted', to: 'preferred', changed: true }], blockers: [] },
  });
  expect(await run('rollback', '--to', 'preferred')).toEqual({
    exitCode: 0,
    text: expect.stringMatching(/Account\.tier +all +preferred +preferred +nothing to do/),
  });
});

test.each([
  [['contract', '--tenant', 'acme']],
  [['contract', '--force']],
  [['contract', '--window', 'a week']],
  [['rollback']],
  [['rollback', '--to', 'yesterday']],
  [['rollback', '--to', 'legacy', '--tenant', 'acme']],
  [['rollback', '--to', 'migrated', '--reason', '']],
  [['prefer', '--reason', ' ']],
  [['contract', '--reason', '']],
])('%j is wrong usage: exit code 2', async (argv) => {
  expect((await run(...argv)).exitCode).toBe(2);
});

test('a phase that lies ahead is blocked: exit code 3', async () => {
  expect(await runJson('rollback', '--to', 'contracted')).toMatchObject({ exitCode: 3, document: { blockers: [{ code: 'PHASE_AHEAD' }] } });
});
