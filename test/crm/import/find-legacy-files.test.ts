import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findLegacyFiles } from '../../../src/crm/import/find-legacy-files.ts';
import { OperationError, UsageError } from '../../../src/errors.ts';
import { writeExport } from './export-files.ts';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ folder, remove } = await writeExport({ 'tasks.csv': '', 'leads.csv': '', 'notes.txt': '', 'leads.csv.bak': '' }));
});
afterEach(() => remove());

async function names(...paths: readonly string[]): Promise<string[]> {
  return (await findLegacyFiles(paths)).map((file) => file.path);
}

test('a folder stands for those files of an export that it has, and nothing else in it', async () => {
  expect(await names(folder)).toEqual([join(folder, 'leads.csv'), join(folder, 'tasks.csv')]);
});

test('files of several paths come in the order of import, whatever the order of the paths', async () => {
  const other = await writeExport({ 'accounts.csv': '', 'tasks.csv': '' });
  try {
    expect(await names(join(folder, 'tasks.csv'), other.folder, join(folder, 'leads.csv'))).toEqual([
      join(other.folder, 'accounts.csv'),
      join(folder, 'leads.csv'),
      join(folder, 'tasks.csv'),
      join(other.folder, 'tasks.csv'),
    ]);
  } finally {
    await other.remove();
  }
});

test('a link to an export is followed', async () => {
  await symlink(folder, join(folder, 'link'));
  expect(await names(join(folder, 'link'))).toEqual([join(folder, 'link', 'leads.csv'), join(folder, 'link', 'tasks.csv')]);
});

test.each([
  ['does not exist', 'nowhere', /nowhere does not exist\. Expected a folder or a file of a legacy export/],
  ['goes through a file', 'notes.txt/leads.csv', /notes\.txt\/leads\.csv does not exist/],
  [
    'has another name',
    'notes.txt',
    /Expected a folder, or a file named accounts\.csv, leads\.csv, opportunities\.csv or tasks\.csv, got .*notes\.txt/,
  ],
  ['is neither a folder nor a file', '/dev/null', /Expected a folder, or a file named .*, got .*null/],
])('a path that %s is a wrong usage', async (_, path, message) => {
  const attempt = findLegacyFiles([path.startsWith('/') ? path : join(folder, path)]);
  await expect(attempt).rejects.toBeInstanceOf(UsageError);
  await expect(attempt).rejects.toThrow(message);
});

test('a folder without any file of an export is a wrong usage', async () => {
  await mkdir(join(folder, 'empty'));
  const attempt = findLegacyFiles([join(folder, 'empty')]);
  await expect(attempt).rejects.toBeInstanceOf(UsageError);
  await expect(attempt).rejects.toThrow(
    /empty has none of the files of a legacy export: accounts\.csv, leads\.csv, opportunities\.csv or tasks\.csv/,
  );
});

test('a folder in the place of a file, and a path that cannot be looked up, are failures', async () => {
  await mkdir(join(folder, 'accounts.csv'));
  await expect(findLegacyFiles([folder])).rejects.toThrow(/accounts\.csv cannot be read: expected a file/);
  const tooLong = findLegacyFiles([join(folder, 'x'.repeat(300))]);
  await expect(tooLong).rejects.toBeInstanceOf(OperationError);
  await expect(tooLong).rejects.toThrow(/cannot be read: ENAMETOOLONG/);
});
