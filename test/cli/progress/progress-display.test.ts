import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import type { Progress } from '../../../src/choice/migrate/run.ts';
import { createProgressDisplay } from '../../../src/cli/progress/create-progress-display.ts';
import { RecordedStream } from '../recorded-stream.ts';

const ERASE_LINE = '\r\u001b[2K';

describe('on a terminal', () => {
  test('a bar is redrawn in place, with rate and time left, and is gone at the end', () => {
    const { stream, display, wait } = start(100);
    display.report(migrating(0));
    wait(1_000);
    display.report(migrating(250));
    display.end();
    expect(stream.writes).toEqual([
      `${ERASE_LINE}migrate Lead.industry acme ${'░'.repeat(30)}   0% 0/1000`,
      `${ERASE_LINE}migrate Lead.industry acme ${'█'.repeat(7)}${'░'.repeat(23)}  25% 250/1000 250/s, ETA 0:03`,
      ERASE_LINE,
    ]);
  });

  test('it is redrawn at most ten times a second, but for the last state and the next step', () => {
    const { stream, display, wait } = start(100);
    for (let done = 0; done < 1_000; done++) {
      display.report(migrating(done));
      wait(1);
    }
    expect(stream.writes).toHaveLength(10);
    display.report(migrating(1_000));
    display.report({ ...migrating(0), tenant: 'globex' });
    expect(stream.writes.slice(10).map((line) => line.includes('globex'))).toEqual([false, true]);
  });

  test.each([200, 100, 60, 45, 20, 1])('it never reaches the last of %d columns, where it would wrap', (columns) => {
    const { stream, display, wait } = start(columns);
    display.report(migrating(0));
    wait(1_500);
    display.report(migrating(999));
    for (const line of stream.writes) expect(stringWidth(line.replace(ERASE_LINE, ''))).toBeLessThan(columns);
  });

  test('a line that is said comes above the bar', () => {
    const { stream, display } = start(100);
    display.say('starting PostgreSQL');
    display.report(migrating(0));
    display.say('warning');
    const [said, bar, erased, warning, again] = stream.writes;
    expect([said, erased, warning]).toEqual(['starting PostgreSQL\n', ERASE_LINE, 'warning\n']);
    expect(again).toBe(bar);
  });

  test('a step without a total has no bar and no time left', () => {
    const { stream, display, wait } = start(100);
    display.report({ step: 'remap', field: 'Lead.industry', done: 0 });
    wait(2_000);
    display.report({ step: 'remap', field: 'Lead.industry', done: 9 });
    expect(stream.writes.at(-1)).toBe(`${ERASE_LINE}remap Lead.industry 9 4.5/s`);
  });

  test('of several parts the whole is drawn and measured, and the one that moved last is named, with what holds it up', () => {
    const { stream, display, wait } = start(100);
    display.report({ ...migrating(0), all: { done: 0, total: 4_000 } });
    wait(1_000);
    display.report({ ...migrating(500), tenant: 'globex', all: { done: 1_000, total: 4_000 }, note: 'paused by ada' });
    expect(stream.writes.at(-1)).toBe(
      `${ERASE_LINE}migrate Lead.industry globex ${'█'.repeat(5)}${'░'.repeat(18)}  25% 1000/4000 1000/s, ETA 0:03, paused by ada`,
    );
  });

  test('nothing to do is done', () => {
    const { stream, display } = start(100);
    display.report({ ...migrating(0), total: 0 });
    expect(stream.text).toContain('100% 0/0');
  });
});

describe('elsewhere', () => {
  test('there is one line at the start, one every five seconds, and one at the end', () => {
    const { stream, display, wait } = start();
    for (let done = 0; done <= 1_000; done++) {
      display.report(migrating(done));
      wait(12);
    }
    display.end();
    display.end();
    expect(stream.writes).toEqual([
      'migrate Lead.industry acme: 0 of 1000\n',
      'migrate Lead.industry acme: 417 of 1000 (83/s, ETA 0:07)\n',
      'migrate Lead.industry acme: 834 of 1000 (83/s, ETA 0:02)\n',
      'migrate Lead.industry acme: 1000 of 1000 (83/s)\n',
    ]);
  });

  test('nothing is erased, so that a log stays readable', () => {
    const { stream, display } = start();
    display.report(migrating(0));
    display.say('warning');
    display.end();
    expect(stream.text).toBe('migrate Lead.industry acme: 0 of 1000\nwarning\n');
  });

  test('of several parts each line tells of one and of the whole, and of what holds it up', () => {
    const { stream, display, wait } = start();
    display.report({ ...migrating(0), all: { done: 0, total: 4_000 } });
    wait(5_000);
    display.report({ ...migrating(1_000), all: { done: 1_000, total: 4_000 }, note: 'holding: a commit took 300 ms' });
    expect(stream.writes).toEqual([
      'migrate Lead.industry acme: 0 of 1000, all together 0 of 4000\n',
      'migrate Lead.industry acme: 1000 of 1000, all together 1000 of 4000 (200/s, ETA 0:15), holding: a commit took 300 ms\n',
    ]);
  });

  test('a second sweep over the same rows is measured anew', () => {
    const { stream, display, wait } = start();
    display.report(migrating(1_000));
    wait(10_000);
    display.report(migrating(0));
    wait(5_000);
    display.report(migrating(500));
    expect(stream.writes.at(-1)).toBe('migrate Lead.industry acme: 500 of 1000 (100/s, ETA 0:05)\n');
  });

  test('a long way is given in hours', () => {
    const { stream, display, wait } = start();
    display.report(migrating(0));
    wait(10_000);
    display.report(migrating(1));
    expect(stream.writes.at(-1)).toBe('migrate Lead.industry acme: 1 of 1000 (0.1/s, ETA 2:46:30)\n');
  });
});

function start(columns?: number) {
  let now = 0;
  const stream = new RecordedStream(columns);
  const display = createProgressDisplay(stream, () => now);
  return { stream, display, wait: (milliseconds: number) => (now += milliseconds) };
}

function migrating(done: number): Progress {
  return { step: 'migrate', field: 'Lead.industry', tenant: 'acme', done, total: 1_000 };
}
