import { describe, expect, test } from '@jest/globals';
import { engine, fieldReport, NO_STATUS } from './fake-engine.ts';
import { useTestCli } from './use-test-cli.ts';

const cli = await useTestCli();
const { run, readDocument } = cli;

describe('migrate', () => {
  test.each([
    [['--batch-size', '50', '--rate', '1000'], { batchSize: 50, rate: 1_000 }],
    [['--rate', 'none'], { batchSize: undefined, rate: null }],
    [[], { batchSize: undefined, rate: undefined }],
  ])('%j hands on the pace', async (argv, pace) => {
    expect(await run('migrate', ...argv)).toBe(0);
    expect(engine.migrateRecords.mock.lastCall![2]).toMatchObject(pace);
  });

  test('interrupted says that the work goes on elsewhere, and how to hold it', async () => {
    engine.migrateRecords.mockImplementation((_, __, { onProgress }) => {
      cli.interrupt();
      onProgress({ step: 'migrate', field: 'Lead.industry', done: 1, total: 2 });
      return Promise.resolve({ ok: true, fields: [], blockers: [] });
    });
    expect(await run('migrate')).toBe(130);
    expect(cli.stderr.text).toMatch(/workers that run go on with it.*choices pause holds it/);
    expect(cli.stderr.text).toContain('to resume, run the same command again: choices migrate');
  });
});

describe('worker', () => {
  test('joins those who run, works on the scope, and leaves', async () => {
    expect(await run('worker', '--field', 'Lead.industry', '--tenant', 'acme')).toBe(0);
    expect(engine.joinProcesses.mock.lastCall![1]).toMatchObject({ kind: 'worker' });
    const [, scope] = engine.keepWorking.mock.lastCall!;
    expect([scope.fields.map((field) => field.coordinate), scope.tenants?.map(({ slug }) => slug)]).toEqual([['Lead.industry'], ['acme']]);
    expect(engine.leave).toHaveBeenCalledTimes(1);
    expect(engine.close.mock.invocationCallOrder[0]!).toBeGreaterThan(engine.leave.mock.invocationCallOrder[0]!);
  });

  test.each([
    [[], [false, false, false]],
    [['--until-idle'], [true, true, false]],
  ])('%j ends when there is nothing to do, or not', async (argv, ends) => {
    await run('worker', ...argv);
    const { endsAt } = engine.keepWorking.mock.lastCall![2];
    expect([endsAt({ kind: 'idle' }), endsAt({ kind: 'waiting', paused: true }), endsAt({ kind: 'waiting', paused: false })]).toEqual(ends);
  });

  test('counts the rows that it updated', async () => {
    engine.keepWorking.mockImplementation(async (db, _, { onState }) => {
      for (const updated of [2, 3]) await onState({ kind: 'working', field: 'Lead.industry', tenant: 'acme', updated }, db);
    });
    expect(await run('worker', '--json')).toBe(0);
    expect(readDocument()).toEqual({ ok: true, updated: 5 });
  });

  test.each([
    ['while it works', () => engine.keepWorking.mockImplementation(() => Promise.resolve(cli.interrupt()))],
    [
      'in the middle of a statement',
      () =>
        engine.keepWorking.mockImplementation(() => {
          cli.interrupt();
          return Promise.reject(new Error('canceling statement due to user request'));
        }),
    ],
  ])('told to stop %s has ended well', async (_, arrange) => {
    arrange();
    expect(await run('worker', '--json')).toBe(0);
    expect(readDocument()).toEqual({ ok: true, updated: 0 });
    expect(engine.release).toHaveBeenCalledTimes(1);
  });

  test('says once that the database is out of reach', async () => {
    engine.keepWorking.mockImplementation((_, __, { onLost }) => Promise.resolve(onLost(new Error('connect ECONNREFUSED'))));
    await run('worker');
    expect(cli.stderr.text).toContain('the database is out of reach, and is tried again: connect ECONNREFUSED');
  });

  test('that cannot begin fails', async () => {
    engine.joinProcesses.mockRejectedValue(Object.assign(new Error('connect EHOSTUNREACH'), { code: 'EHOSTUNREACH' }));
    expect(await run('worker')).toBe(1);
    expect(cli.stderr.text).toContain('the host is out of reach');
  });

  test('begins once a database that is being restarted answers', async () => {
    for (const code of ['57P03', 'ECONNREFUSED'])
      engine.joinProcesses.mockRejectedValueOnce(Object.assign(new Error(`refused with ${code}`), { code }));
    expect(await run('worker')).toBe(0);
    expect(engine.joinProcesses).toHaveBeenCalledTimes(3);
    expect(engine.release).toHaveBeenCalledTimes(3);
    expect(cli.stderr.text).toMatch(/tried again: .*starting up[^]*tried again: .*nobody listens there/);
  });
});

describe('pause and resume', () => {
  const parts = { ok: true, parts: 1, fields: [{ field: 'Lead.industry', tenant: 'acme' }] } as const;

  test('hand on scope, actor and reason, and name what they changed', async () => {
    engine.pauseMigration.mockResolvedValue(parts);
    engine.resumeMigration.mockResolvedValue(parts);
    expect(await run('pause', '--tenant', 'acme', '--reason', 'closing', '--actor', 'grace')).toBe(0);
    expect(engine.pauseMigration.mock.lastCall!.slice(1)).toMatchObject([
      { tenants: [{ slug: 'acme' }] },
      { actor: 'grace', reason: 'closing', dryRun: false },
    ]);
    expect(await run('resume', '--field', 'Lead.industry', '--dry-run')).toBe(0);
    expect(engine.resumeMigration.mock.lastCall![2]).toMatchObject({ actor: 'ada', dryRun: true });
    expect(cli.stdout.text).toMatch(
      /^Paused 1 backfill:\n {2}Lead\.industry of acme\nGo on by: choices resume\nWould resume 1 backfill:\n/,
    );
  });

  test('say that there is nothing to do', async () => {
    expect([await run('pause'), await run('resume')]).toEqual([0, 0]);
    expect(cli.stdout.text).toBe(
      'Nothing to pause: no backfill is asked for that does not rest already.\nNothing to resume: no backfill is paused.\n',
    );
  });

  test('a reason that says nothing is refused', async () => {
    expect(await run('pause', '--reason', ' ')).toBe(2);
    expect(engine.pauseMigration).not.toHaveBeenCalled();
  });
});

describe('pace', () => {
  test('shows the pace, and changes nothing', async () => {
    expect(await run('pace')).toBe(0);
    expect(engine.setPace.mock.lastCall!.slice(1)).toEqual([{}, { dryRun: false }]);
    expect(cli.stdout.text).toMatch(/rows per batch, at most +2000 {2}--batch-size\nrows per second, all together +no limit {2}--rate\n/);
  });

  test('sets what is given', async () => {
    const argv = ['--batch-size', '500', '--rate', '2000', '--max-lock-wait', '1', '--max-replication-lag', '2', '--max-write', '3'];
    expect(await run('pace', ...argv, '--json')).toBe(0);
    const changes = { batchSize: 500, rowsPerSecond: 2_000, maxLockWaitMs: 1, maxReplicationLagBytes: 2, maxWriteMs: 3 };
    expect(engine.setPace.mock.lastCall![1]).toEqual(changes);
    expect(readDocument()).toEqual({ ok: true, pace: changes });
  });

  test('takes a limit away', async () => {
    expect(await run('pace', '--rate', 'none', '--dry-run')).toBe(0);
    expect(engine.setPace.mock.lastCall!.slice(1)).toEqual([{ rowsPerSecond: null }, { dryRun: true }]);
  });

  test.each([
    ['--batch-size', '0'],
    ['--batch-size', '100001'],
    ['--rate', '0'],
    ['--rate', 'fast'],
    ['--max-lock-wait', '-1'],
    ['--max-write', '1.5'],
  ])('%s %s is wrong usage', async (...argv) => {
    expect(await run('pace', ...argv)).toBe(2);
    expect(cli.stderr.text).toContain('Expected a whole number');
    expect(engine.setPace).not.toHaveBeenCalled();
  });
});

describe('status', () => {
  const progress = {
    wanted: true,
    stage: 'sweep',
    done: 10,
    total: 40,
    paused: null,
    quarantined: 0,
    quarantineError: null,
    error: null,
  } as const;

  test.each([
    [{}, 'first pass'],
    [{ paused: { by: 'ada', reason: 'closing' } }, 'paused by ada: closing'],
    [{ error: 'no\u00a0way' }, 'is tried again: no\\u00a0way'],
    [{ wanted: false, error: 'pid 1 has\npid 2 has' }, 'ended undone: pid 1 has; pid 2 has'],
  ])('shows a backfill that is %j', async (state, text) => {
    engine.readStatus.mockResolvedValue({ ...NO_STATUS, fields: [{ ...fieldReport(), progress: { ...progress, ...state } }] });
    expect(await run('status')).toBe(0);
    expect(cli.stdout.text).toMatch(/Lead\.industry +globex +10 +40 {2}/);
    expect(cli.stdout.text).toContain(text);
  });

  test('shows who works, and says nothing of backfills where there are none', async () => {
    const worker = {
      id: 'id',
      kind: 'worker',
      name: 'choices worker',
      host: 'db-1',
      pid: 7,
      acknowledged: 0,
      seenAt: new Date(0),
      writeMilliseconds: null,
      activity: 'idle',
    } as const;
    const fields = [{ ...fieldReport(), progress: { ...progress, wanted: false } }];
    engine.readStatus.mockResolvedValue({ ...NO_STATUS, fields, workers: [worker] });
    expect(await run('status')).toBe(0);
    expect(cli.stdout.text).toMatch(/choices worker +db-1 +7 {2}idle\n/);
    expect(cli.stdout.text).not.toContain('first pass');
  });
});

test.each(['worker', 'pause', 'resume', 'pace'])('%s explains itself, with an example', async (command) => {
  expect(await run(command, '--help')).toBe(0);
  expect(cli.stdout.text).toContain(`$ choices ${command}`);
  expect(cli.stdout.text).toContain('--json');
});
