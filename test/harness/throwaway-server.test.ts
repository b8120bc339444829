import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { startThrowawayServer } from './throwaway-server.ts';
import { runAsSuperuser } from './superuser.ts';
import { waitUntil } from './wait-until.ts';

async function directoryOf(url: string): Promise<string> {
  const { rows } = await runAsSuperuser(url, (client) =>
    client.query<{ directory: string }>(`SELECT current_setting('data_directory') AS directory`),
  );
  return path.dirname(rows[0]?.directory ?? '');
}

async function isGone(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => false,
    () => true,
  );
}

test('it has the settings it was asked for, lets a superuser in, and leaves nothing behind', async () => {
  const server = await startThrowawayServer({ max_connections: 17 });
  const { rows } = await runAsSuperuser(server.superuserUrl, (client) =>
    client.query(`SELECT current_setting('max_connections') AS max, current_setting('fsync') AS fsync, rolsuper
                    FROM pg_roles WHERE rolname = current_user`),
  );
  expect(rows).toEqual([{ max: '17', fsync: 'off', rolsuper: true }]);
  const directory = await directoryOf(server.superuserUrl);
  await Promise.all([server.stop(), server.stop()]);
  expect(await isGone(directory)).toBe(true);
  await expect(runAsSuperuser(server.superuserUrl, () => Promise.resolve())).rejects.toThrow(/ECONNREFUSED/);
});

test('it does not outlive its process, killed as that may be', async () => {
  const directory = await mkdtemp(path.resolve('node_modules/.throwaway-server-'));
  try {
    const outfile = path.join(directory, 'program.mjs');
    const source = `import { startThrowawayServer } from './test/harness/throwaway-server.ts';
      console.log((await startThrowawayServer()).superuserUrl); setInterval(() => {}, 1e6);`;
    await build({
      stdin: { contents: source, resolveDir: path.resolve() },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const serverDirectory = await directoryOf(line.toString().trim());
    expect(await isGone(serverDirectory)).toBe(false);
    child.kill('SIGKILL');
    await waitUntil('the server is gone', () => isGone(serverDirectory));
  } finally {
    await rm(directory, { recursive: true });
  }
});
