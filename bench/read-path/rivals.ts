import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Where the other servers are, with packages of their own: nobody installs them to use the product. */
export const RIVALS = path.resolve('bench/rivals');

/** Those whose versions one wants to know. */
const NAMED = ['mercurius', 'postgraphile', '@apollo/server', 'type-graphql', '@mikro-orm/core', 'graphql', 'pg'];

/** Installs their packages as the lock file has them, unless they are there. @throws where that fails */
export function installRivals(say: (line: string) => void): void {
  const lock = path.join(RIVALS, 'package-lock.json');
  const installed = statSync(path.join(RIVALS, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  if (installed !== undefined && installed.mtimeMs >= statSync(lock).mtimeMs) return;
  say('installing the packages of the other servers');
  const { status } = spawnSync('npm', ['ci', '--prefix', RIVALS, '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ci --prefix bench/rivals: expected 0, got ${status}`);
}

/** Names and versions as they are pinned. */
export function describeRivals(): string {
  const { dependencies } = JSON.parse(readFileSync(path.join(RIVALS, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  return NAMED.map((name) => `${name} ${dependencies[name]}`).join(', ');
}
