import { ImportError } from '../../src/crm/import/import-error.ts';
import { describe, expect, test } from '@jest/globals';
import { engine, fieldReport, NOTHING } from './fake-engine.ts';
import { useTestCli } from './use-test-cli.ts';

const cli = await useTestCli();
const { run, readDocument } = cli;

describe('scope', () => {
  test('is everything by default: all tenants, also those to come', async () => {
    await run('migrate');
    const [, scope, options] = engine.migrateRecords.mock.lastCall!;
    expect(scope.fields.map((field) => field.coordinate)).toEqual(['Lead.industry', 'Account.industry']);
    expect(scope.tenants).toBeUndefined();
    expect(options).toMatchObject({ dryRun: false, actor: 'ada', batchSize: undefined });
  });

  test('counts what is given twice once', async () => {
    await run('migrate', '--field', 'Account.industry', '--field', 'Account.industry', '--tenant', 'acme', '--tenant', 'acme');
    const [, scope] = engine.migrateRecords.mock.lastCall!;
    expect(scope.fields.map((field) => field.coordinate)).toEqual(['Account.industry']);
    expect(engine.findTenants.mock.lastCall![1]).toEqual(['acme']);
  });

  test.each(['populate', 'migrate'] as const)('%s hands on dry run and actor', async (command) => {
    await run(command, '--dry-run', '--actor', 'grace', ...(command === 'migrate' ? ['--batch-size', '50'] : []));
    const double = command === 'migrate' ? engine.migrateRecords : engine.populateChoices;
    expect(double.mock.lastCall![2]).toMatchObject({ dryRun: true, actor: 'grace', ...(command === 'migrate' ? { batchSize: 50 } : {}) });
  });
});

describe('exit codes', () => {
  test('migrate that leaves unaccepted values says so, lists them, and exits 3', async () => {
    const unmapped = [{ value: 'tech\u00a0', count: 20, accepted: false, suggestions: ['tech'] }];
    const blockers = [{ code: 'UNMAPPED', message: '20 rows' }];
    engine.migrateRecords.mockResolvedValue({ ok: false, fields: [{ ...fieldReport({ rows: 20, unmapped }), updated: 0 }], blockers });
    expect(await run('migrate')).toBe(3);
    expect(cli.stdout.text).toContain(String.raw`choices map Lead.industry --tenant globex $'tech\302\240=tech'`);
    expect(cli.stdout.text).toContain('Not done: 1 value on 20 rows stay unmapped');
  });

  test('a migrate that leaves nothing is done', async () => {
    engine.migrateRecords.mockResolvedValue({ ok: true, fields: [{ ...fieldReport({ rows: 2, mapped: 2 }), updated: 2 }], blockers: [] });
    expect(await run('migrate')).toBe(0);
    expect(cli.stdout.text).toContain('Done: every row is mapped, empty or accepted.');
  });

  test('verify exits 1 with findings, and shows all that is known of each', async () => {
    const finding = {
      code: 'DRIFT',
      field: 'Lead.industry',
      tenant: 'acme',
      message: 'rows refer to another choice',
      count: 2,
      sampleIds: ['id-1', 'id-2'],
      remedy: 'choices map',
    } as const;
    engine.verifyRecords.mockResolvedValue({ ...NOTHING, ok: false, findings: [finding] });
    expect(await run('verify')).toBe(1);
    for (const part of ['DRIFT Lead.industry of acme: 2', 'rows refer to another choice', 'id-1, id-2', 'remedy: choices map'])
      expect(cli.stdout.text).toContain(part);
  });

  test('verify without findings says so', async () => {
    expect(await run('verify')).toBe(0);
    expect(cli.stdout.text).toContain('No findings.');
  });

  test('an import with a refused file names file and line, and exits 1', async () => {
    const problem = { code: 'TOO_LONG', file: 'leads.csv', line: 2, column: 'industry', message: 'too long' } as const;
    engine.importLegacyExport.mockRejectedValue(new ImportError({ file: 'leads.csv', problems: [problem], total: 1, imported: [] }));
    expect(await run('import', 'export', 'export', '--create-tenants', '--json')).toBe(1);
    expect(cli.stderr.text).toContain('leads.csv:2: industry: too long');
    expect(JSON.parse(cli.stdout.text)).toMatchObject({ ok: false, error: { data: { problems: [problem] } } });
    expect(engine.importLegacyExport.mock.lastCall!.slice(2)).toMatchObject([
      ['export'],
      { createTenants: true, dryRun: false, actor: 'ada' },
    ]);
  });

  test('an unexpected error is a fault of the program, with a hint', async () => {
    engine.readStatus.mockRejectedValue(new TypeError('undefined is not a function'));
    expect(await run('status')).toBe(1);
    expect(cli.stderr.text).toContain('LOG_LEVEL=debug');
    expect(cli.stderr.text).not.toContain('    at ');
  });

  test('LOG_LEVEL=debug shows its stack', async () => {
    cli.env.LOG_LEVEL = 'debug';
    engine.readStatus.mockRejectedValue(new TypeError('undefined is not a function'));
    expect(await run('status')).toBe(1);
    expect(cli.stderr.text).toContain('    at ');
  });
});

describe('map, accept and tenant', () => {
  test('map hands on the bytes, the tenant and --remap', async () => {
    await run('map', 'Lead.industry', '--tenant', 'globex', '--remap', 'a=b=tech', ' tech\u00a0=tech');
    const [, request] = engine.mapValues.mock.lastCall!;
    expect(request).toMatchObject({ remap: true, tenant: { slug: 'globex' }, field: { coordinate: 'Lead.industry' } });
    expect(request.pairs).toEqual([
      { value: 'a=b', key: 'tech' },
      { value: ' tech\u00a0', key: 'tech' },
    ]);
  });

  test('map shows what became of each value', async () => {
    engine.mapValues.mockResolvedValue({ ok: true, mapped: [{ value: 'tech ', key: 'tech', added: true, rows: 7, remapped: 0 }] });
    await run('map', 'Lead.industry', '--tenant', 'globex', 'tech =tech');
    expect(cli.stdout.text).toMatch(/^"tech " +tech +new +7 +0$/m);
    expect(cli.stdout.text).toMatch(/^value +choice +mapping +without ref +remapped$/m);
    expect(cli.stdout.text).toContain('get it with the mapping at preferred and contracted, and by choices migrate before that');
  });

  test('accept hands on values, reason and actor', async () => {
    await run('accept', 'Lead.industry', '--tenant', 'globex', 'a', 'b', 'a', '--reason', 'old', '--actor', 'grace');
    const [, request, options] = engine.acceptValues.mock.lastCall!;
    expect(request).toMatchObject({ values: ['a', 'b'], reason: 'old', tenant: { slug: 'globex' } });
    expect(options.actor).toBe('grace');
  });

  test('tenant list --json has slugs and names, and nothing else', async () => {
    expect(await run('tenant', 'list', '--json')).toBe(0);
    expect(readDocument()).toEqual({
      tenants: [
        { slug: 'acme', name: 'ACME' },
        { slug: 'globex', name: 'GLOBEX' },
      ],
    });
  });

  test('tenant create names the tenant after its slug where no name is given', async () => {
    engine.createTenant.mockResolvedValue({ tenant: { id: 'x', slug: 'initech', name: 'initech' }, created: true });
    expect(await run('tenant', 'create', 'initech')).toBe(0);
    expect(engine.createTenant.mock.lastCall![2]).toEqual({ slug: 'initech', name: 'initech' });
    expect(cli.stdout.text).toBe('Created initech.\n');
  });
});

describe('serve', () => {
  test('prints the ready line, and is done when the server has stopped', async () => {
    engine.serve.mockImplementation(({ onReady }) => {
      onReady('http://127.0.0.1:4000/graphql');
      return Promise.resolve();
    });
    expect(await run('serve')).toBe(0);
    expect(cli.stdout.text).toBe('ready http://127.0.0.1:4000/graphql\n');
  });
});
