import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { ImportOptions } from '../../../src/crm/import/import-file.ts';
import { importLegacyExport, type ImportResult } from '../../../src/crm/import/import-legacy-export.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../../src/database/owner-database.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/test-database.ts';
import { writeExport } from './export-files.ts';

/** A database for the tests of one file, without a tenant at the start of each. */
export interface ImportDatabase {
  readonly owner: OwnerDatabase;
  readonly test: TestDatabase;
  /** Imports paths; missing tenants are created unless the options say otherwise. */
  importPaths(paths: readonly string[], options?: Partial<ImportOptions>): Promise<ImportResult>;
  /** Imports files with this content out of a folder that is gone afterwards. */
  importFiles(files: Readonly<Record<string, string | Buffer>>, options?: Partial<ImportOptions>): Promise<ImportResult>;
  rows(query: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

export function useImportDatabase(): ImportDatabase {
  let test: TestDatabase;
  let owner: OwnerDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    owner = openOwnerDatabase(test.ownerUrl);
  });
  afterAll(async () => {
    await owner.close();
    await test.drop();
  });
  beforeEach(async () => void (await owner.pool.query('TRUNCATE tenant CASCADE')));

  const importPaths = (paths: readonly string[], options: Partial<ImportOptions> = {}) =>
    importLegacyExport(owner, choiceRegistry, paths, {
      createTenants: true,
      dryRun: false,
      actor: 'test',
      onProgress: () => undefined,
      ...options,
    });
  return {
    get owner() {
      return owner;
    },
    get test() {
      return test;
    },
    importPaths,
    importFiles: async (files, options) => {
      const { folder, remove } = await writeExport(files);
      try {
        return await importPaths([folder], options);
      } finally {
        await remove();
      }
    },
    rows: async (query, values) => (await owner.pool.query(query, values)).rows,
  };
}
