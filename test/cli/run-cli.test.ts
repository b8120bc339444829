import { describe, expect, test } from '@jest/globals';
import { BlockedError, OperationError } from '../../src/errors.ts';
import { engine, fieldReport, NO_STATUS } from './fake-engine.ts';
import { useTestCli } from './use-test-cli.ts';

const COMMANDS = [
  'db up',
  'db status',
  'import',
  'tenant create',
  'tenant list',
  'expand',
  'populate',
  'migrate',
  'verify',
  'status',
  'map',
  'accept',
  'schema print',
  'schema diff',
  'schema check',
  'schema publish',
  'token',
  'serve',
];

const cli = await useTestCli();
const { run, readDocument } = cli;

describe('help', () => {
  test.each(COMMANDS)('%s --help shows an example and --json, and touches nothing', async (command) => {
    expect(await run(...command.split(' '), '--help')).toBe(0);
    expect(cli.stdout.text).toContain(`$ ${command === 'serve' ? 'PORT=4000 ' : ''}choices ${command}`);
    expect(cli.stdout.text).toContain('--json');
    expect(cli.stderr.text).toBe('');
    expect(engine.acquireDatabase).not.toHaveBeenCalled();
  });

  test('choices --help lists every command', async () => {
    expect(await run('--help')).toBe(0);
    for (const command of COMMANDS) expect(cli.stdout.text).toMatch(new RegExp(`^  ${command.split(' ')[0]!} `, 'm'));
  });

  test('help does not depend on the environment', async () => {
    cli.env.PORT = 'nonsense';
    expect(await run('serve', '--help')).toBe(0);
  });
});

describe('wrong usage exits 2, says what was expected, and asks no database', () => {
  test.each([
    [[], 'expected a command, got none'],
    [['db'], 'expected a command, got none'],
    [['migrat'], "unknown command 'migrat'\n(Did you mean migrate?)"],
    [['db', 'upp'], "unknown command 'upp'\n(Did you mean up?)\nexpected: choices db"],
    [['status', '--feild', 'x'], "unknown option '--feild'\n(Did you mean --field?)\nexpected: choices status [options]"],
    [['status', 'surplus'], 'too many arguments'],
    [['status', '--field', 'Lead.nonsense'], 'unknown choice field Lead.nonsense: expected one of Lead.industry, Account.industry'],
    [['expand', '--tenant', 'acme'], 'expand changes a field for all tenants at once'],
    [['migrate', '--batch-size', '0'], 'Expected a whole number from 1 to 100000'],
    [['migrate', '--batch-size', 'many'], 'Expected a whole number from 1 to 100000'],
    [['migrate', '--actor', ' '], '--actor: expected the name'],
    [['map'], "missing required argument 'field'"],
    [
      ['map', 'Lead.industry', '--tenant', 'acme'],
      "missing required argument 'value=key'\nexpected: choices map [options] <field> <value=key...>",
    ],
    [['map', 'Lead.industry', 'a=tech'], '--tenant: expected the slug of a tenant, got none'],
    [['map', 'Lead.industry', '--tenant', 'acme', '--tenant', 'globex', 'a=tech'], '--tenant: expected one tenant, got acme and globex'],
    [['map', 'Lead.industry', '--tenant', 'acme', '=tech'], 'got no value in =tech'],
    [['map', 'Nope.nope', '--tenant', 'acme', 'a=tech'], 'unknown choice field Nope.nope'],
    [['accept', 'Lead.industry', '--tenant', 'acme', 'x'], "required option '--reason <text>' not specified"],
    [['accept', 'Lead.industry', '--tenant', 'acme', 'x', '--reason', ' '], '--reason: expected why'],
    [['accept', 'Lead.industry', '--tenant', 'acme', '', '--reason', 'x'], 'got an empty one'],
    [['import'], "missing required argument 'path'"],
    [['token', '--tenant', 'acme'], "required option '--role <role...>' not specified"],
    [['token', '--tenant', 'acme', '--role', 'king'], 'Allowed choices are reader, writer, choice-admin, operator'],
    [['token', '--role', 'reader'], 'give --tenant SLUG, or --role operator alone'],
    [['token', '--tenant', 'acme', '--role', 'reader', '--expires-in', 'soon'], 'Expected a span such as 90s'],
  ])('%j', async (argv, message) => {
    expect(await run(...argv)).toBe(2);
    expect(cli.stderr.text).toContain(message);
    expect(cli.stdout.text).toBe('');
    expect(engine.acquireDatabase).not.toHaveBeenCalled();
  });

  test('an unknown tenant is named', async () => {
    expect(await run('status', '--tenant', 'acmee')).toBe(2);
    expect(cli.stderr.text).toContain('Unknown tenant "acmee"');
  });

  test('so is a wrong variable of the environment', async () => {
    cli.env.LOG_LEVEL = 'loud';
    expect(await run('status')).toBe(2);
    expect(cli.stderr.text).toContain('LOG_LEVEL');
  });
});

describe('--json', () => {
  test.each([[['--json', 'status']], [['status', '--json']]])('%j answers with the report as it is, alone on stdout', async (argv) => {
    const report = { ...NO_STATUS, fields: [{ ...fieldReport({ rows: 3, mapped: 3 }), progress: null }] };
    engine.readStatus.mockResolvedValue(report);
    engine.acquireDatabase.mockImplementationOnce((_, onMessage) => {
      onMessage('starting PostgreSQL');
      return engine.acquireDatabase({} as never, onMessage);
    });
    expect(await run(...argv)).toBe(0);
    expect(readDocument()).toEqual(report);
    expect(cli.stderr.text).toContain('starting PostgreSQL');
  });

  test.each([
    [['map', '--json'], 2, 'USAGE_ERROR'],
    [['nonsense', '--json'], 2, 'USAGE_ERROR'],
    [['status', '--json', '--nonsense'], 2, 'USAGE_ERROR'],
    [['--json'], 2, 'USAGE_ERROR'],
  ])('%j is an error as a document too', async (argv, exitCode, code) => {
    expect(await run(...argv)).toBe(exitCode);
    expect(readDocument()).toMatchObject({ ok: false, error: { code }, blockers: [] });
    expect(cli.stderr.text).toContain('error: ');
  });

  test('a gate answers with its blockers', async () => {
    const blockers = [{ code: 'NOT_POPULATED', message: 'run choices populate' }];
    engine.migrateRecords.mockRejectedValue(new BlockedError(blockers));
    expect(await run('migrate', '--json')).toBe(3);
    expect(readDocument()).toEqual({ ok: false, error: { code: 'BLOCKED', message: 'run choices populate' }, blockers });
  });

  test('after -- it is a value', async () => {
    expect(await run('map', 'Lead.industry', '--tenant', 'acme', '--', '--json=tech')).toBe(0);
    expect(engine.mapValues.mock.lastCall![1].pairs).toEqual([{ value: '--json', key: 'tech' }]);
    expect(cli.stdout.text).toMatch(/^value /);
  });

  test('a server that fails after it said where it is adds no second document', async () => {
    engine.serve.mockImplementation(({ onReady }) => {
      onReady('http://127.0.0.1:4000/graphql');
      return Promise.reject(new OperationError('the database is gone'));
    });
    expect(await run('serve', '--json')).toBe(1);
    expect(readDocument()).toEqual({ ok: true, url: 'http://127.0.0.1:4000/graphql' });
    expect(cli.stderr.text).toContain('the database is gone');
  });
});
