import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tryLock, waitForLock } from '../../../src/database/embedded/file-lock.ts';
import { OperationError } from '../../../src/errors.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'file-lock-test-'));
  file = path.join(directory, 'lock');
});

afterEach(() => rm(directory, { recursive: true }));

test.each([
  ['shared', 'shared', true],
  ['shared', 'exclusive', false],
  ['exclusive', 'shared', false],
  ['exclusive', 'exclusive', false],
] as const)('while one holds it %s, another one asks for it %s: %p', (first, second, granted) => {
  const held = tryLock(file, first);
  const other = tryLock(file, second);
  expect(other !== undefined).toBe(granted);
  other?.release();
  held?.release();
  held?.release();
  const after = tryLock(file, second);
  expect(after).toBeDefined();
  after?.release();
});

test('it leaves one file, whatever happened', async () => {
  tryLock(file, 'shared')?.release();
  const lock = tryLock(file, 'exclusive');
  expect(await readdir(directory)).toEqual(['lock']);
  lock?.release();
  expect(await readdir(directory)).toEqual(['lock']);
});

test('it ends with the process that held it, killed as it may be', async () => {
  const program = `const { DatabaseSync } = require('node:sqlite');
    globalThis.lock = new DatabaseSync(process.argv[1]); globalThis.lock.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1e6);`;
  const holder = spawn(process.execPath, ['-e', program, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(holder.stdout, 'data');
  expect(tryLock(file, 'exclusive')).toBeUndefined();
  const waiting = waitForLock(file, () => undefined);
  holder.kill('SIGKILL');
  const lock = await waiting;
  expect(tryLock(file, 'shared')).toBeUndefined();
  lock.release();
});

test('of many that wait, one at a time gets it', async () => {
  let inside = 0;
  let most = 0;
  let turns = 0;
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      const lock = await waitForLock(file, () => undefined);
      inside += 1;
      turns += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      lock.release();
    }),
  );
  expect({ most, turns }).toEqual({ most: 1, turns: 10 });
});

test('a file that cannot be made is an error that names it', () => {
  const missing = path.join(directory, 'no/such/lock');
  expect(() => tryLock(missing, 'shared')).toThrow(OperationError);
  expect(() => tryLock(missing, 'shared')).toThrow(missing);
});
