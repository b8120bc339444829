import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeSource } from '../../../src/evolution/codemod/files/write-source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what somebody else changed after it was read is not overwritten', async () => {
  const path = join(folder, 'a.graphql');
  await writeFile(path, '{ theirs }');
  expect(await writeSource(path, { before: '{ read }', after: '{ ours }' })).toBe('was changed meanwhile: not written');
  expect(await readFile(path, 'utf8')).toBe('{ theirs }');
  expect(await readdir(folder)).toEqual(['a.graphql']);
});
