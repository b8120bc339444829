import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { acquireEmbeddedServer } from '../../src/database/embedded/embedded-server.ts';
import { makeLegacyExport, writeLegacyExport } from '../harness/legacy-export.ts';
import { runProgram } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { createEmptyDatabase } from '../harness/test-database.ts';

const TABLES = { Account: 'accounts', Lead: 'leads', Opportunity: 'opportunities', Task: 'tasks' } as const;
const ROWS = 60;

/** Where the same way is gone: the database that we bring, and one that somebody else runs, whose owner is no superuser. */
const databases = {
  'the embedded database, beside a running server': async (folder: string) => {
    const env = { DATA_DIR: join(folder, 'data'), PORT: '0', DEMO: '0' };
    const server = await startProgram('dist/main.js', ['serve'], { env });
    await server.ready;
    const { ownerUrl, release } = await acquireEmbeddedServer(env.DATA_DIR, () => undefined);
    return { env, ownerUrl, server, release };
  },
  'an empty database of a real server, by DATABASE_URL': async () => {
    const { ownerUrl, drop } = await createEmptyDatabase();
    const env = { DATABASE_URL: ownerUrl };
    expect(await runProgram('dist/main.js', ['db', 'up'], { env })).toMatchObject({ exitCode: 0 });
    return { env, ownerUrl, server: undefined, release: drop };
  },
};

describe.each(Object.entries(databases))('a legacy export goes live on %s', (_name, open) => {
  const tables = makeLegacyExport(ROWS);
  let folder: string;
  let env: Record<string, string>;
  let server: RunningProgram | undefined;
  let release: () => Promise<void>;
  let client: pg.Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'legacy-to-live-'));
    await writeLegacyExport(folder, tables);
    const opened = await open(folder);
    ({ env, server, release } = opened);
    client = new pg.Client({ connectionString: opened.ownerUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await server?.stop();
    await release();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...argv: string[]) => runProgram('dist/main.js', argv, { env });
  const report = async (...argv: string[]) => {
    const { exitCode, stdout } = await run(...argv, '--json');
    return {
      exitCode,
      ...(JSON.parse(stdout) as {
        ok: boolean;
        fields: { field: string; tenant: string; unmapped: { value: string; count: number }[]; [figure: string]: unknown }[];
      }),
    };
  };
  /** Every row of a table, and the transaction that wrote it last. */
  const rowVersions = async (table: string) => {
    const { rows } = await client.query<{ key: string; version: string }>(
      `SELECT tenant.slug || ' ' || legacy_id AS key, record.xmin::text AS version FROM ${table} AS record JOIN tenant ON tenant.id = tenant_id`,
    );
    return new Map(rows.map((row) => [row.key, row.version]));
  };
  const expectLegacyBytes = async () => {
    for (const field of choiceRegistry.fields) {
      const { rows } = await client.query<{ key: string; value: string }>(
        `SELECT tenant.slug || ' ' || legacy_id AS key, ${field.legacyColumn} AS value FROM ${field.table} AS record JOIN tenant ON tenant.id = tenant_id`,
      );
      const imported = new Map(
        tables[TABLES[field.owner as keyof typeof TABLES]].map((row) => [`${row.tenant} ${row.legacy_id}`, row[field.legacyColumn]]),
      );
      expect(new Map(rows.map((row) => [row.key, row.value]))).toEqual(imported);
    }
  };

  test('import brings in every row, once', async () => {
    expect(await run('import', folder, '--create-tenants')).toMatchObject({ exitCode: 0 });
    expect(await run('import', folder, '--create-tenants')).toMatchObject({ exitCode: 0 });
    for (const table of ['account', 'lead', 'opportunity', 'task']) expect((await rowVersions(table)).size).toBe(2 * ROWS);
    await expectLegacyBytes();
  });

  test('the phases give every listed value its ref, and report every other with its count', async () => {
    expect(await run('expand')).toMatchObject({ exitCode: 0 });
    expect(await run('populate')).toMatchObject({ exitCode: 0 });
    const predicted = await report('migrate', '--dry-run');
    const migrated = await report('migrate');
    expect(migrated).toMatchObject({ exitCode: 3, ok: false });
    expect(migrated).toEqual(predicted);
    for (const { field: coordinate, tenant, unmapped, ...figures } of migrated.fields) {
      const field = choiceRegistry.field(coordinate)!;
      const values = tables[TABLES[field.owner as keyof typeof TABLES]]
        .filter((row) => row.tenant === tenant)
        .map((row) => row[field.legacyColumn]!);
      const listed = values.filter((value) => field.hardcoded.some(([key]) => key === value)).length;
      const empty = values.filter((value) => value === '').length;
      expect(figures).toMatchObject({ rows: ROWS, mapped: listed, empty, missing: 0, drift: 0 });
      const counts = Map.groupBy(
        values.filter((value) => value !== '' && !field.hardcoded.some(([key]) => key === value)),
        (value) => value,
      );
      expect(new Map(unmapped.map(({ value, count }) => [value, count]))).toEqual(
        new Map([...counts].map(([value, all]) => [value, all.length])),
      );
    }
    const { rows } = await client.query(
      `SELECT count(*)::int AS wrong FROM lead JOIN industry ON (industry.tenant_id, industry.id) = (lead.tenant_id, lead.industry_id) WHERE industry.key <> lead.industry`,
    );
    expect(rows).toEqual([{ wrong: 0 }]);
    await expectLegacyBytes();
  });

  test('after map, migrate changes the rows that carry the mapped values and no others', async () => {
    const [before, others] = [await rowVersions('lead'), await rowVersions('task')];
    expect(
      await run('map', 'Lead.industry', '--tenant', 'globex', 'telecom=tech', 'tech\u00a0=tech', 'a "quoted", word=other'),
    ).toMatchObject({ exitCode: 0 });
    expect((await report('migrate', '--field', 'Lead.industry')).exitCode).toBe(3);
    const after = await rowVersions('lead');
    const changed = [...after].filter(([key, version]) => before.get(key) !== version).map(([key]) => key);
    const mapped = tables.leads.filter(
      (row) => row.tenant === 'globex' && ['telecom', 'tech\u00a0', 'a "quoted", word'].includes(row.industry!),
    );
    expect(changed.toSorted()).toEqual(mapped.map((row) => `globex ${row.legacy_id}`).toSorted());
    expect(mapped.length).toBeGreaterThan(3);
    expect(await rowVersions('task')).toEqual(others);
    await expectLegacyBytes();
  });

  test('a further run changes nothing, and what is accepted is settled', async () => {
    const before = await rowVersions('lead');
    const { fields } = await report('migrate');
    expect(await rowVersions('lead')).toEqual(before);
    for (const { field, tenant, unmapped } of fields)
      if (unmapped.length > 0)
        expect(
          await run('accept', field, '--tenant', tenant, '--reason', 'known to be so', ...unmapped.map(({ value }) => value)),
        ).toMatchObject({ exitCode: 0 });
    expect(await report('migrate')).toMatchObject({ exitCode: 0, ok: true });
    expect(await report('verify')).toMatchObject({ exitCode: 0, ok: true });
    expect(await rowVersions('lead')).toEqual(before);
    await expectLegacyBytes();
  });
});
