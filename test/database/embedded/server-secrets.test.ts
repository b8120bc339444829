import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ensureServerSecrets } from '../../../src/database/embedded/server-secrets.ts';
import { OperationError } from '../../../src/errors.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'server-secrets-test-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

test('all that ask at once get the same secrets, which only we can read', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => ensureServerSecrets(dataDir)));
  expect(new Set(all.map((secrets) => JSON.stringify(secrets))).size).toBe(1);
  expect(await ensureServerSecrets(dataDir)).toEqual(all[0]);
  expect(await readdir(dataDir)).toEqual(['secrets']);
  expect((await stat(path.join(dataDir, 'secrets'))).mode & 0o777).toBe(0o600);
});

test('another directory has other secrets, none like another', async () => {
  const secrets = Object.values(await ensureServerSecrets(dataDir));
  const others = Object.values(await ensureServerSecrets(await mkdtemp(path.join(dataDir, 'other-'))));
  expect(new Set([...secrets, ...others]).size).toBe(6);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"id":"0123456789abcdef"}',
  '{"id":"../../etc","superuserPassword":"hunter2hunter2","ownerPassword":"hunter2hunter2"}',
])('a file that holds %j is refused by name, and not quoted', async (text) => {
  const file = path.join(dataDir, 'secrets');
  await writeFile(file, text);
  const failure: unknown = await ensureServerSecrets(dataDir).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(OperationError);
  expect((failure as Error).message).toContain(file);
  expect((failure as Error).message).not.toContain('hunter2');
});
