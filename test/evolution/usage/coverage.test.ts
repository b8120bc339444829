import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { measureCoverage } from '../../../src/evolution/usage/coverage.ts';
import { readCollection } from '../../../src/evolution/usage/usage-store.ts';
import { createFlakyDatabase, NOON, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const MINUTE = 60_000;
const NOT_STORING = 'NOT_STORING: a server lived and stored nothing of what it recorded';

describe('the coverage of a window', () => {
  const at = (minutes: number) => new Date(NOON + minutes * MINUTE);
  const collector = (started: number, seen: number, stopped?: number) => ({
    startedAt: at(started),
    seenAt: at(seen),
    stoppedAt: stopped === undefined ? null : at(stopped),
    aliveAt: null as Date | null,
    flushMs: 5_000,
  });
  const alive = (until: number, collected: ReturnType<typeof collector>) => ({ ...collected, aliveAt: at(until) });
  const measure = (...collectors: ReturnType<typeof collector>[]) => {
    const { coveredShare, gaps } = measureCoverage(collectors, { from: at(0), to: at(100) });
    return [coveredShare, ...gaps.map(({ from, to, why }) => `${(from.getTime() - NOON) / 1_000}–${(to.getTime() - NOON) / 1_000} ${why}`)];
  };

  test.each([
    ['nobody', [], [0, '0–6000 no collector ran']],
    ['one that runs since before', [collector(-10, 99.5)], [1]],
    ['one that began within it', [collector(20, 100)], [0.8, '0–1200 no collector ran']],
    ['one after another', [collector(-10, 40, 40), collector(50, 100)], [0.9, '2400–3000 no collector ran']],
    ['one while another restarts', [collector(-10, 40, 40), collector(30, 100)], [1]],
    ['one within another', [collector(-10, 100), collector(30, 50, 50)], [1]],
    ['one that ended before it', [collector(-20, -10, -10)], [0, '0–6000 no collector ran']],
    ['one that died', [collector(0, 50)], [0.5, '3000–3005 a collector died: at most 5 s are lost', '3005–6000 no collector ran']],
    [
      'one that died before it, with a rest',
      [collector(-9, -1 / 60), collector(0, 100)],
      [1 - 4 / 6_000, '0–4 a collector died: at most 5 s are lost'],
    ],
    [
      'one that died beside another',
      [collector(0, 50), collector(0, 100)],
      [1 - 5 / 6_000, '3000–3005 a collector died: at most 5 s are lost'],
    ],
    [
      'two that died together',
      [collector(0, 50), collector(0, 50), collector(0, 100)],
      [1 - 5 / 6_000, '3000–3005 a collector died: at most 5 s are lost', '3000–3005 a collector died: at most 5 s are lost'],
    ],
    ['one that is silent for a moment', [collector(0, 99.1)], [1]],
    ['one that lives and stores', [alive(100, collector(0, 99.99))], [1]],
    ['one that lives and takes its time to store', [alive(100, collector(0, 99.1))], [1]],
    [
      'one that lives and stores nothing, beside another',
      [alive(100, collector(0, 40)), collector(0, 100)],
      [0.4, `2400–6000 ${NOT_STORING}`],
    ],
    [
      'one that never stored anything, beside another',
      [alive(100, collector(10, 10)), collector(0, 100)],
      [0.1, `600–6000 ${NOT_STORING}`],
    ],
    [
      'one that stored nothing since before the window, beside another',
      [alive(100, collector(-90, -80)), collector(0, 100)],
      [0, `0–6000 ${NOT_STORING}`],
    ],
    [
      'one that died after it had stored nothing for long, beside another',
      [alive(59 + 59 / 60, collector(0, 40)), collector(0, 100)],
      [0.8, `2400–3600 ${NOT_STORING}`],
    ],
    [
      'one that died just after it stored',
      [alive(50.01, collector(0, 50)), collector(0, 100)],
      [1 - 5 / 6_000, '3000–3005 a collector died: at most 5 s are lost'],
    ],
    [
      'one that died while it stored, which took long',
      [alive(50 + 18.5 / 60, collector(0, 50)), collector(0, 100)],
      [1 - 19.5 / 6_000, '3000–3019.5 a collector died: at most 20 s are lost'],
    ],
    [
      'one that died a moment ago, a minute after it stored',
      [alive(99.3, collector(0, 98.4)), collector(0, 100)],
      [1 - 55 / 6_000, '5904–5959 a collector died: at most 55 s are lost'],
    ],
    ['one that said goodbye, and lived on', [alive(60, collector(0, 50, 50)), collector(0, 100)], [1]],
  ])('%s', (_, collectors, expected) => {
    const [share, ...gaps] = measure(...collectors);
    expect(share).toBeCloseTo(expected[0] as number, 9);
    expect(gaps).toEqual(expected.slice(1));
  });

  test('that has no length is none', () => {
    expect(measureCoverage([collector(-10, 100)], { from: at(0), to: at(0) })).toEqual({ coveredShare: 0, gaps: [] });
    expect(measureCoverage([collector(-10, 100)], { from: at(1), to: at(0) })).toEqual({ coveredShare: 0, gaps: [] });
    expect(measureCoverage([], { from: new Date(NaN), to: at(0) })).toEqual({ coveredShare: 0, gaps: [] });
  });
});

describe('a server that serves and does not store', () => {
  const FAILING = '0190ffff-0000-7000-8000-00000000000f';
  const join = (seenAt = 'now()') =>
    database.query(
      `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start, seen_at)
       VALUES ($1, 'server', 'choices serve', 'here', 1, 1, now(), ${seenAt})`,
      [FAILING],
    );
  const leave = () => database.query('DELETE FROM choice_process WHERE id = $1', [FAILING]);
  const storedLast = (ago: string) =>
    database.query(
      `UPDATE usage_collector SET started_at = now() - interval '10 hours', seen_at = now() - interval '${ago}' WHERE process_id = $1`,
      [FAILING],
    );
  const read = async () => {
    const now = Date.now();
    const { coveredShare, gaps } = await readCollection(database.owner.sql, new Date(now - 100 * MINUTE));
    const minutesAgo = (time: Date) => Math.max(0, Math.round((now - time.getTime()) / MINUTE));
    return [Math.round(coveredShare * 100) / 100, ...gaps.map(({ from, to, why }) => [minutesAgo(from), minutesAgo(to), why])];
  };

  beforeEach(async () => {
    // Its neighbour stores all the time.
    await database.startRecorder();
    await database.query(`UPDATE usage_collector SET started_at = now() - interval '20 hours'`);
  });
  afterEach(leave);

  test('is a gap as long as it lives, whatever its neighbour stores, and none once it has stored', async () => {
    const flaky = createFlakyDatabase(database.owner.sql);
    await join();
    const failing = await database.startRecorder({ processId: FAILING, flushEveryMs: 5_000 }, flaky.db);
    expect(await read()).toEqual([1]);
    flaky.setAway(true);
    failing.record(useOf(['Lead.industry']));
    await expect(failing.flush()).rejects.toThrow('Connection terminated');
    await storedLast('30 minutes');
    expect(await read()).toEqual([0.7, [30, 0, NOT_STORING]]);
    flaky.setAway(false);
    await failing.flush();
    expect(await read()).toEqual([1]);
    expect(await database.countUses()).toEqual({ [`web 1.0 Leads ${TENANT}`]: 1 });
  });

  test('is a gap up to its last sign of life where it was killed, also after its row is deleted', async () => {
    await join(`now() - interval '20 minutes'`);
    await database.startRecorder({ processId: FAILING, flushEveryMs: 5_000 });
    await storedLast('30 minutes');
    expect(await read()).toEqual([0.9, [30, 20, NOT_STORING]]);
    await leave();
    expect(await read()).toEqual([0.9, [30, 20, NOT_STORING]]);
    // It comes back under its id, and goes for good.
    await join(`now() - interval '10 minutes'`);
    expect(await read()).toEqual([0.8, [30, 10, NOT_STORING]]);
    await leave();
    expect(await read()).toEqual([0.8, [30, 10, NOT_STORING]]);
  });

  test('is a gap that reaches into a window that began after it last stored', async () => {
    await join(`now() - interval '20 minutes'`);
    await database.startRecorder({ processId: FAILING, flushEveryMs: 5_000 });
    await storedLast('9 hours');
    expect(await read()).toEqual([0.2, [100, 20, NOT_STORING]]);
  });

  test('is none where it stored all before it left', async () => {
    await join();
    const recorder = await database.startRecorder({ processId: FAILING, flushEveryMs: 5_000 });
    await recorder.close();
    await database.query(
      `UPDATE usage_collector SET started_at = now() - interval '10 hours', seen_at = now() - interval '30 minutes', stopped_at = now() - interval '30 minutes' WHERE process_id = $1`,
      [FAILING],
    );
    await leave();
    expect(await read()).toEqual([1]);
  });

  test('leaves nothing behind where it never was to record', async () => {
    await join();
    await leave();
    expect(await database.query('SELECT FROM usage_collector_end')).toEqual([]);
  });
});
