import { appendFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { ImportError } from '../../../src/crm/import/import-error.ts';
import { importLegacyExport } from '../../../src/crm/import/import-legacy-export.ts';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { OperationError } from '../../../src/errors.ts';
import { runAsSuperuser } from '../../harness/superuser.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { ACCOUNT_HEADER, leadFile, leadLine, TASK_HEADER, writeExport } from './export-files.ts';
import { useImportDatabase } from './import-database.ts';
import { startInterruptingProxy } from './interrupting-proxy.ts';

const database = useImportDatabase();
const MANY_LEADS = leadFile(...Array.from({ length: 10_000 }, (_, index) => leadLine({ legacy_id: String(index) })));
const ONE_ACCOUNT = `${ACCOUNT_HEADER}\nnorth,1,Moe Ltd,,,,,\n`;

async function counts(): Promise<unknown> {
  const [row] = await database.rows(
    `SELECT (SELECT count(*)::int FROM tenant) AS tenants, (SELECT count(*)::int FROM account) AS accounts, (SELECT count(*)::int FROM lead) AS leads, (SELECT count(*)::int FROM task) AS tasks`,
  );
  return row;
}

test('a file with a bad row is rolled back with the tenants it would have created; the files before it stay, and the error says so', async () => {
  const { folder, remove } = await writeExport({
    'accounts.csv': ONE_ACCOUNT,
    'leads.csv': leadFile(leadLine({}), leadLine({ tenant: 'south' }), leadLine({ legacy_id: '2', lead_score: 'x' })),
    'tasks.csv': `${TASK_HEADER}\nnorth,1,Call,,low,todo,custom,\n`,
  });
  const error: unknown = await database.importPaths([folder]).catch((reason: unknown) => reason);
  await remove();

  expect(error).toBeInstanceOf(ImportError);
  expect(error).toMatchObject({
    data: {
      file: join(folder, 'leads.csv'),
      total: 1,
      imported: [{ file: join(folder, 'accounts.csv'), rows: 1, inserted: 1, existing: 0 }],
    },
  });
  expect((error as Error).message).toMatch(
    /leads\.csv: nothing of it was imported, because of 1 problem:\n.*leads\.csv:4: lead_score: .*\nImported before it, and kept: .*accounts\.csv \(1 rows\)$/,
  );
  expect(await counts()).toEqual({ tenants: 1, accounts: 1, leads: 0, tasks: 0 });
});

test.each([
  [
    'the server ends the session',
    async () => {
      await runAsSuperuser(database.test.superuserUrl, (client) =>
        client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`),
      );
    },
    /leads\.csv: nothing of it was imported: terminating connection/,
  ],
  ['the connection is cut', (client: Socket) => void client.destroy(), /leads\.csv: nothing of it was imported: Connection terminated/],
])(
  'an import in the middle of whose COPY %s fails, leaves nothing of the file, and can be repeated',
  async (_, interrupt: (client: Socket) => Promise<void> | void, said) => {
    const { folder, remove } = await writeExport({ 'accounts.csv': ONE_ACCOUNT, 'leads.csv': MANY_LEADS });
    const proxy = await startInterruptingProxy(database.test.ownerUrl, 300_000, interrupt);
    const proxied = openOwnerDatabase(proxy.url);
    try {
      const attempt = importLegacyExport(proxied, choiceRegistry, [folder], {
        createTenants: true,
        dryRun: false,
        actor: 'test',
        onProgress: () => undefined,
      });
      const error: unknown = await attempt.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(OperationError);
      expect((error as Error).message).toMatch(said);
      expect((error as Error).message).toMatch(/Imported before it, and kept: .*accounts\.csv/);
      expect(await counts()).toEqual({ tenants: 1, accounts: 1, leads: 0, tasks: 0 });
      expect((await database.importPaths([folder])).files[1]).toMatchObject({ inserted: 10_000 });
    } finally {
      await proxied.close();
      await proxy.close();
      await remove();
    }
  },
);

test('two imports of the same files at the same time double nothing and fail nowhere', async () => {
  const { folder, remove } = await writeExport({
    'leads.csv': leadFile(leadLine({}), leadLine({ legacy_id: '2' }), leadLine({ tenant: 'south' })),
  });
  const blocker = await database.owner.pool.connect();
  try {
    // Both have read their file, and wait to insert it, before either may.
    await blocker.query(`SELECT pg_advisory_lock(hashtext('choices import'))`);
    const both = Promise.all([database.importPaths([folder]), database.importPaths([folder])]);
    await waitUntil('both imports wait for the lock', async () => {
      const [row] = await database.rows(
        `SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      return row!.waiting === 2;
    });
    await blocker.query(`SELECT pg_advisory_unlock(hashtext('choices import'))`);
    const results = await both;
    expect(results.map(({ files }) => files[0]!.inserted).sort()).toEqual([0, 3]);
    expect(results.map(({ files }) => files[0]!.existing).sort()).toEqual([0, 3]);
    expect(results.flatMap(({ tenantsCreated }) => tenantsCreated).sort()).toEqual(['north', 'south']);
    expect(await counts()).toEqual({ tenants: 2, accounts: 0, leads: 3, tasks: 0 });
  } finally {
    blocker.release();
    await remove();
  }
});

test.each([
  ['grows', (path: string) => appendFileSync(path, `${leadLine({ legacy_id: 'late' })}\n`)],
  ['is written over with as many bytes', (path: string) => utimesSync(path, new Date(), new Date('2001-01-01T00:00:00Z'))],
])('a file that %s while it is read is not imported', async (_, change: (path: string) => void) => {
  const { folder, remove } = await writeExport({ 'leads.csv': MANY_LEADS });
  let pieces = 0;
  const onProgress = () => {
    pieces += 1;
    if (pieces === 2) change(join(folder, 'leads.csv'));
  };
  const error: unknown = await database.importPaths([folder], { onProgress }).catch((reason: unknown) => reason);
  await remove();
  expect(pieces).toBeGreaterThan(2);
  expect(error).toBeInstanceOf(OperationError);
  expect((error as Error).message).toMatch(/leads\.csv was changed while it was being read\. Nothing of it was imported/);
  expect(await counts()).toEqual({ tenants: 0, accounts: 0, leads: 0, tasks: 0 });
});

test('an error of the database ends the import in words that name the file', async () => {
  await database.owner.pool.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more leads'; END $$`,
  );
  await database.owner.pool.query('CREATE TRIGGER refuse BEFORE INSERT ON lead FOR EACH ROW EXECUTE FUNCTION refuse()');
  try {
    const attempt = database.importFiles({ 'accounts.csv': ONE_ACCOUNT, 'leads.csv': leadFile(leadLine({})) });
    await expect(attempt).rejects.toThrow(
      /leads\.csv: nothing of it was imported: no more leads\nImported before it, and kept: .*accounts\.csv \(1 rows\)/,
    );
    expect(await counts()).toEqual({ tenants: 1, accounts: 1, leads: 0, tasks: 0 });
  } finally {
    await database.owner.pool.query('DROP FUNCTION refuse CASCADE');
  }
});

test('an import does not begin where row-level security would hide rows from it', async () => {
  await database.owner.pool.query('ALTER TABLE lead FORCE ROW LEVEL SECURITY');
  try {
    await expect(database.importFiles({ 'leads.csv': leadFile(leadLine({})) })).rejects.toThrow(/Row-level security hides rows of lead/);
  } finally {
    await database.owner.pool.query('ALTER TABLE lead NO FORCE ROW LEVEL SECURITY');
  }
});
