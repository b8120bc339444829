import { describe, expect, test } from '@jest/globals';
import { OperationError } from '../../src/errors.ts';
import { engine, NO_STATUS } from './fake-engine.ts';
import { useTestCli } from './use-test-cli.ts';

const cli = await useTestCli();
const { run, readDocument } = cli;

describe('the database', () => {
  test.each(['tenant list', 'expand', 'populate', 'migrate', 'worker', 'pause', 'resume', 'pace', 'verify', 'status', 'import x'])(
    '%s refuses to run where migrations are pending',
    async (command) => {
      engine.listPendingMigrations.mockResolvedValue(['0001-legacy-crm']);
      expect(await run(...command.split(' '))).toBe(1);
      expect(cli.stderr.text).toContain('the database lacks 0001-legacy-crm: run choices db up');
      expect(engine.release).toHaveBeenCalledTimes(1);
    },
  );

  const UP_TO_DATE = { applied: [], builtIndexes: [], pending: [], lackingIndexes: [] };

  test('db up runs them, builds indexes, makes sure of the role, and passes its warning on', async () => {
    engine.listPendingMigrations.mockResolvedValue(['0001-legacy-crm']);
    engine.bringUpDatabase.mockResolvedValue({ ...UP_TO_DATE, applied: ['0001-legacy-crm'], builtIndexes: ['lead_country_idx'] });
    engine.ensureAppRole.mockResolvedValue({ name: 'crm_app', warning: 'CREATE ROLE …' });
    expect(await run('db', 'up')).toBe(0);
    expect(cli.stdout.text).toBe('Ran:\n  0001-legacy-crm\nBuilt the indexes:\n  lead_country_idx\n');
    expect(cli.stderr.text).toBe('CREATE ROLE …\n');
  });

  test('db up --dry-run says what it would run and build, and leaves roles alone', async () => {
    engine.bringUpDatabase.mockResolvedValue({ ...UP_TO_DATE, pending: ['0001-legacy-crm'], lackingIndexes: ['lead_country_idx'] });
    expect(await run('db', 'up', '--dry-run')).toBe(0);
    expect(cli.stdout.text).toBe('Would run:\n  0001-legacy-crm\nWould build the indexes:\n  lead_country_idx\n');
    expect(engine.bringUpDatabase).toHaveBeenCalledWith(expect.anything(), { dryRun: true });
    expect(engine.ensureAppRole).not.toHaveBeenCalled();
  });

  test('db status lists what is lacking, for programs and for people', async () => {
    const lack = { pending: ['0001-legacy-crm'], lackingIndexes: ['lead_country_idx'] };
    engine.findDatabaseLack.mockResolvedValue(lack);
    expect(await run('db', 'status', '--json')).toBe(0);
    expect(readDocument()).toEqual({ ok: true, ...lack });
    expect(await run('db', 'status')).toBe(0);
    expect(cli.stdout.text).toContain(
      'The database lacks:\n  0001-legacy-crm\nIt lacks the indexes:\n  lead_country_idx\nRun choices db up.\n',
    );
  });

  test.each(['up', 'up --dry-run', 'status'])('db %s says so where nothing is lacking', async (command) => {
    expect(await run('db', ...command.split(' '))).toBe(0);
    expect(cli.stdout.text).toBe('The database is up to date.\n');
  });

  test.each([
    ['a success', () => engine.readStatus.mockResolvedValue(NO_STATUS), 0],
    ['a failure', () => engine.readStatus.mockRejectedValue(new OperationError('failed')), 1],
  ])('is closed and let go of, once and in that order, after %s', async (_, arrange, exitCode) => {
    arrange();
    expect(await run('status')).toBe(exitCode);
    expect(engine.close).toHaveBeenCalledTimes(1);
    expect(engine.release).toHaveBeenCalledTimes(1);
    expect(engine.close.mock.invocationCallOrder[0]!).toBeLessThan(engine.release.mock.invocationCallOrder[0]!);
  });

  test('a failure on the way out does not hide the one that came first', async () => {
    engine.readStatus.mockRejectedValue(new OperationError('the first failure'));
    engine.close.mockRejectedValue(new Error('the second'));
    expect(await run('status')).toBe(1);
    expect(cli.stderr.text).toContain('error: the first failure');
    expect(engine.release).toHaveBeenCalledTimes(1);
  });

  test('that nobody answers at is named, without the password', async () => {
    engine.listPendingMigrations.mockRejectedValue(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    expect(await run('status', '--json')).toBe(1);
    expect(readDocument()).toMatchObject({
      error: {
        code: 'OPERATION_FAILED',
        message: expect.stringContaining('host 127.0.0.1, port 1, database crm, user owner: nobody listens there'),
      },
    });
    expect(cli.stdout.text + cli.stderr.text).not.toContain('s3cret');
  });
});

describe('Ctrl-C', () => {
  test('stops a step at its next progress, lets go of everything, and says how to resume', async () => {
    engine.migrateRecords.mockImplementation((_, __, { onProgress }) => {
      onProgress({ step: 'migrate', field: 'Lead.industry', tenant: 'acme', done: 1, total: 2 });
      cli.interrupt();
      onProgress({ step: 'migrate', field: 'Lead.industry', tenant: 'acme', done: 2, total: 2 });
      return Promise.resolve({ ok: true, fields: [], blockers: [] });
    });
    expect(await run('migrate', '--tenant', 'acme')).toBe(130);
    expect(cli.stderr.text).toMatch(/error: interrupted; .*run the same command again: choices migrate --tenant acme\n$/);
    expect(engine.close).toHaveBeenCalledTimes(1);
    expect(engine.release).toHaveBeenCalledTimes(1);
  });

  test('turns the error of a cancelled statement into an interruption, as a document too', async () => {
    engine.readStatus.mockImplementation(() => {
      cli.interrupt();
      return Promise.reject(new Error('canceling statement due to user request'));
    });
    expect(await run('status', '--json')).toBe(130);
    expect(readDocument()).toMatchObject({ ok: false, error: { code: 'INTERRUPTED' }, blockers: [] });
    expect(cli.stdout.text).not.toContain('canceling');
  });

  test('before the database is there starts nothing', async () => {
    cli.interrupt();
    expect(await run('migrate')).toBe(130);
    expect(engine.acquireDatabase).not.toHaveBeenCalled();
  });

  test('while the database starts lets go of it', async () => {
    engine.acquireDatabase.mockImplementationOnce((config, onMessage) => {
      cli.interrupt();
      return engine.acquireDatabase(config, onMessage);
    });
    expect(await run('migrate')).toBe(130);
    expect(engine.release).toHaveBeenCalledTimes(1);
    expect(engine.migrateRecords).not.toHaveBeenCalled();
  });

  test('that comes too late to stop anything takes nothing back', async () => {
    engine.readStatus.mockImplementation(() => {
      cli.interrupt();
      return Promise.resolve(NO_STATUS);
    });
    expect(await run('status')).toBe(0);
  });
});
