import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { build } from 'esbuild';

/** A worker in a process of its own. */
export interface WorkerProcess {
  /** SIGKILL, and the wait for its end. */
  kill(): Promise<void>;
}

/** Registers the hooks that build the program and end what a test leaves; answers how to start one. */
export function useWorkerProcesses(): (url: string) => Promise<WorkerProcess> {
  let directory = '';
  const workers: WorkerProcess[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(path.resolve('node_modules/.worker-'));
    await build({
      entryPoints: [path.resolve('test/harness/worker-program.ts')],
      outfile: path.join(directory, 'worker.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      external: ['pg-native'],
      logLevel: 'error',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  });
  afterAll(() => rm(directory, { recursive: true }));

  return async (url) => {
    const child = spawn(process.execPath, [path.join(directory, 'worker.mjs'), url], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const worker = {
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
    workers.push(worker);
    await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error('ended before it was ready')))]);
    return worker;
  };
}
