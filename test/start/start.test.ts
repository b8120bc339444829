import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { acquireEmbeddedServer } from '../../src/database/embedded/embedded-server.ts';
import { runProgram, runShell } from '../harness/run-command.ts';
import { type RunningProgram, startCommand, startProgram } from '../harness/running-program.ts';

/** Whether a PostgreSQL runs on a data directory: its postmaster.pid names a process that is alive. */
async function isPostgresRunning(dataDir: string): Promise<boolean> {
  const pidFile = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => undefined);
  if (pidFile === undefined) return false;
  try {
    process.kill(Number(pidFile.split('\n')[0]), 0);
    return true;
  } catch {
    return false;
  }
}

/** A hash of every row of the CRM and the engine, with the transaction that wrote it last; but for what running servers write. */
async function hashRows(dataDir: string): Promise<string> {
  const { ownerUrl, release } = await acquireEmbeddedServer(dataDir, () => undefined);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname <> 'choice_process' AND relname NOT LIKE 'usage\\_%' ORDER BY 1`,
    );
    const hashes = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ hash: string }>(
        `SELECT count(*) || md5(coalesce(string_agg(md5(row::text || row.xmin::text), '' ORDER BY row::text), '')) AS hash FROM ${name} AS row`,
      );
      hashes.push(`${name} ${rows[0]!.hash}`);
    }
    return hashes.join('\n');
  } finally {
    await client.end();
    await release();
  }
}

describe('npm start', () => {
  let dataDir: string;
  let env: Record<string, string>;
  let running: RunningProgram;
  let firstHash: string;

  const start = async () => {
    running = await startProgram('dist/main.js', ['serve'], { env });
    return running.ready;
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'start-'));
    env = { DATA_DIR: dataDir, PORT: '0' };
  });
  afterAll(async () => {
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('takes the demo through the phases for all to see, and says when it is ready', async () => {
    const url = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(running.output.stdout.filter((line) => line.startsWith('ready '))).toHaveLength(1);
    for (const step of ['load', 'expand', 'populate', 'customize', 'migrate'])
      expect(running.output.stderr.join('\n')).toContain(`${step} `);
    expect(running.output.stderr.join('\n')).toMatch(/globex: \d+ fields are not migrated/);
  });

  test('prints tokens, and a command that answers in both shapes', async () => {
    expect(running.output.stdout.filter((line) => /^token (acme|globex|initech) [\w.-]+$/.test(line))).toHaveLength(3);
    const command = running.output.stdout.find((line) => line.startsWith('curl '));
    const { stdout } = await runShell(command!);
    const nodes = (JSON.parse(stdout) as { data: { leads: { nodes: Record<string, unknown>[] } } }).data.leads.nodes;
    expect(nodes).toHaveLength(3);
    for (const node of nodes)
      expect(node).toEqual({
        firstName: expect.any(String),
        lastName: expect.any(String),
        industry: expect.any(String),
        industryRef: { key: node.industry, label: node.industryLabel },
        industryLabel: expect.any(String),
      });
  });

  test('the demo shows a clean, a messy and an edited tenant', async () => {
    const token = (slug: string) => running.output.stdout.find((line) => line.startsWith(`token ${slug} `))!.split(' ')[2]!;
    const read = async (slug: string) => {
      const query = '{ choiceFields { phase unmapped } choices(type: INDUSTRY, includeInactive: true) { key label } }';
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token(slug)}` };
      const response = await fetch(await running.ready, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return (
        (await response.json()) as {
          data: { choiceFields: { phase: string; unmapped: number }[]; choices: { key: string; label: string }[] };
        }
      ).data;
    };
    const [acme, globex, initech] = [await read('acme'), await read('globex'), await read('initech')];
    expect(new Set(acme.choiceFields.map(({ phase }) => phase))).toEqual(new Set(['MIGRATED']));
    expect(new Set(initech.choiceFields.map(({ phase }) => phase))).toEqual(new Set(['MIGRATED']));
    expect(globex.choiceFields.some(({ unmapped }) => unmapped > 0)).toBe(true);
    expect(initech.choices).not.toEqual(acme.choices);
    expect(initech.choices.length).toBeGreaterThan(acme.choices.length);
  });

  test('a command beside it uses the same database, and leaves it running', async () => {
    const { exitCode, stdout } = await runProgram('dist/main.js', ['tenant', 'list', '--json'], { env });
    expect({ exitCode, ...(JSON.parse(stdout) as object) }).toMatchObject({
      exitCode: 0,
      tenants: [{ slug: 'acme' }, { slug: 'globex' }, { slug: 'initech' }],
    });
    expect(await isPostgresRunning(dataDir)).toBe(true);
  });

  test('SIGINT ends it, and the embedded server with it', async () => {
    running.kill('SIGINT');
    expect(await running.ended).toBe(0);
    expect(await isPostgresRunning(dataDir)).toBe(false);
  });

  test('a second start changes nothing', async () => {
    firstHash = await hashRows(dataDir);
    await start();
    expect(running.output.stderr.join('\n')).not.toMatch(/load|expand|populate|migrate/);
    expect(await hashRows(dataDir)).toBe(firstHash);
  });

  test('SIGTERM ends it, and the embedded server with it', async () => {
    expect(await running.stop()).toBe(0);
    expect(await isPostgresRunning(dataDir)).toBe(false);
  });

  test('npm passes the signal on', async () => {
    running = await startCommand('npm', ['start'], { env });
    await running.ready;
    expect(await running.stop()).toBe(0);
    expect(await isPostgresRunning(dataDir)).toBe(false);
  });

  test('a start after a kill recovers, and stops what the killed one left behind', async () => {
    await start();
    running.kill('SIGKILL');
    expect(await running.ended).toBe('SIGKILL');
    expect(await isPostgresRunning(dataDir)).toBe(true);
    await start();
    expect(await hashRows(dataDir)).toBe(firstHash);
    await running.stop();
    expect(await isPostgresRunning(dataDir)).toBe(false);
  });

  test('a command alone starts the database and stops it', async () => {
    expect(await runProgram('dist/main.js', ['status', '--tenant', 'acme'], { env })).toMatchObject({ exitCode: 0 });
    expect(await isPostgresRunning(dataDir)).toBe(false);
  });

  test('a first start that is killed in the middle of the demo is finished by the next one', async () => {
    const other = await mkdtemp(join(tmpdir(), 'start-'));
    env = { DATA_DIR: other, PORT: '0' };
    try {
      const killed = await startProgram('dist/main.js', ['serve'], { env });
      await killed.said(/^(customize|migrate) /);
      killed.kill('SIGKILL');
      await killed.ended;
      await start();
      const { stdout } = await runProgram('dist/main.js', ['status', '--tenant', 'acme', '--tenant', 'initech', '--json'], { env });
      const { fields } = JSON.parse(stdout) as { fields: { phase: string }[] };
      expect(new Set(fields.map(({ phase }) => phase))).toEqual(new Set(['migrated']));
      await running.stop();
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});
