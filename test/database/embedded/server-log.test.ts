import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { measureLog, prepareLog, readLogSince, watchLog } from '../../../src/database/embedded/server-log.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const GROWN = 'x'.repeat(9 * 1024 * 1024);

let directory: string;
let log: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'server-log-test-'));
  log = path.join(directory, 'postgres.log');
});

afterEach(async () => {
  jest.useRealTimers();
  await rm(directory, { recursive: true });
});

test('a log that has grown is emptied at the next start, and the old one kept beside it', async () => {
  await writeFile(log, GROWN);
  await prepareLog(log, undefined);
  expect((await stat(log)).size).toBe(0);
  expect((await stat(`${log}.1`)).size).toBe(GROWN.length);
});

test('a log within bounds is left alone', async () => {
  await writeFile(log, 'LOG: ready\n');
  await prepareLog(log, undefined);
  expect(await readFile(log, 'utf8')).toBe('LOG: ready\n');
});

test('a log that grows while the server is used is emptied, too', async () => {
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'nextTick', 'setImmediate', 'queueMicrotask', 'Date'] });
  await writeFile(log, GROWN);
  const stop = watchLog(log);
  jest.advanceTimersByTime(60_000);
  await waitUntil('the log is empty', async () => (await stat(log)).size === 0);
  stop();
  expect(jest.getTimerCount()).toBe(0);
});

test('what was written since a mark is read, its last part, also when the log was emptied meanwhile', async () => {
  await writeFile(log, 'before\n');
  const mark = await measureLog(log);
  await appendFile(log, 'after\n');
  expect(await readLogSince(log, mark)).toBe('after\n');
  await appendFile(log, `${'.'.repeat(10_000)}end`);
  expect(await readLogSince(log, mark)).toMatch(/^\.{4093}end$/);
  await writeFile(log, 'new\n');
  expect(await readLogSince(log, mark)).toBe('new\n');
});
