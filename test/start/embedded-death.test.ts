import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runProgram } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { waitUntil } from '../harness/wait-until.ts';

let dataDir: string;
let env: Record<string, string>;
let server: RunningProgram;
let url: string;
let token: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-death-'));
  env = { DATA_DIR: dataDir, PORT: '0', DEMO: '0' };
  server = await startProgram('dist/main.js', ['serve'], { env });
  url = await server.ready;
  expect(await runProgram('dist/main.js', ['tenant', 'create', 'acme', '--name', 'Acme'], { env })).toMatchObject({ exitCode: 0 });
  token = (await runProgram('dist/main.js', ['token', '--tenant', 'acme', '--role', 'writer'], { env })).stdout.trim();
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function send(query: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data?: Record<string, unknown>; errors?: { extensions: { code: string } }[] };
}

const create = (email: string) =>
  send(
    `mutation { createLead(input: { firstName: "Ada", lastName: "Moe", email: "${email}", company: "Moe Ltd", industry: "tech", leadSource: "web" }) { lead { industry } } }`,
  );
const countLeads = async () =>
  ((await send('{ leads { totalCount } }')).data as { leads: { totalCount: number } } | undefined)?.leads.totalCount;
const readPostmaster = async () => Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
const isReady = async () => (await fetch(url.replace('/graphql', '/readyz'))).status === 200;

test('npm start goes on when its database is killed: reads, writes and commands beside it, and nothing acknowledged is lost', async () => {
  let acknowledged = 0;
  for (const death of [1, 2]) {
    expect((await create(`before.${death}@example.com`)).data).toEqual({ createLead: { lead: { industry: 'tech' } } });
    acknowledged += 1;
    const dead = await readPostmaster();
    process.kill(dead, 'SIGKILL');
    await waitUntil('the server answers again', async () => (await countLeads()) !== undefined);
    expect(await countLeads()).toBe(acknowledged);
    expect(await readPostmaster()).not.toBe(dead);
    await waitUntil('it is ready', isReady);
    expect((await create(`after.${death}@example.com`)).data).toEqual({ createLead: { lead: { industry: 'tech' } } });
    acknowledged += 1;
    expect(await runProgram('dist/main.js', ['status', '--json'], { env })).toMatchObject({ exitCode: 0 });
  }
  expect(server.output.stderr.filter((line) => line === 'The embedded PostgreSQL had died and runs again')).toHaveLength(2);
});

test('a request that runs while the database dies fails, and the server says no more than that', async () => {
  const answers = Array.from({ length: 20 }, () => send('{ leads(first: 500) { nodes { id industry industryRef { key } } } }'));
  process.kill(await readPostmaster(), 'SIGKILL');
  for (const answer of await Promise.all(answers))
    if (answer.errors)
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(answer.errors.map(() => 'INTERNAL_SERVER_ERROR'));
  await waitUntil('it is ready again', isReady);
  expect(await countLeads()).toBe(4);
});

test('it ends as ever, and the database with it', async () => {
  expect(await server.stop()).toBe(0);
  await expect(readPostmaster()).rejects.toMatchObject({ code: 'ENOENT' });
});
