import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { buildProgram } from './build-program.ts';

/** A program of the harness at work on a database, in a process of its own. */
export interface ChildProgram {
  readonly pid: number;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;
}

/** Registers the hooks that build the program and end what a test leaves; answers how to start one, and wait until it is ready. */
export function useChildProgram(
  name: 'rules-follower-program' | 'usage-recorder-program' | 'worker-program',
): (url: string) => Promise<ChildProgram> {
  let directory = '';
  const children: ChildProgram[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(path.resolve(`node_modules/.${name}-`));
    await buildProgram(name, path.join(directory, 'program.mjs'));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.splice(0).map(({ ended }) => ended));
  });
  afterAll(() => rm(directory, { recursive: true }));

  return async (url) => {
    const child = spawn(process.execPath, [path.join(directory, 'program.mjs'), url], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const program: ChildProgram = { pid: child.pid!, kill: (signal) => void child.kill(signal), ended };
    children.push(program);
    await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error(`${name} ended before it was ready`)))]);
    return program;
  };
}
