import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { build } from 'esbuild';

/** A process of its own that follows the rules of a database, as a server does. */
export interface RulesFollower {
  readonly pid: number;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;
}

/** Registers the hooks that build the program and end what a test leaves; answers how to start one, which resolves once it has joined. */
export function useRulesFollowers(): (url: string) => Promise<RulesFollower> {
  let directory = '';
  const followers: RulesFollower[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(path.resolve('node_modules/.rules-follower-'));
    await build({
      entryPoints: [path.resolve('test/harness/rules-follower-program.ts')],
      outfile: path.join(directory, 'follower.mjs'),
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
    for (const follower of followers) follower.kill('SIGKILL');
    await Promise.all(followers.splice(0).map(({ ended }) => ended));
  });
  afterAll(() => rm(directory, { recursive: true }));

  return async (url) => {
    const child = spawn(process.execPath, [path.join(directory, 'follower.mjs'), url], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const follower = { pid: child.pid!, kill: (signal: NodeJS.Signals) => void child.kill(signal), ended };
    followers.push(follower);
    await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error('ended before it joined')))]);
    return follower;
  };
}
