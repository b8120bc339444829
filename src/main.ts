import { userInfo } from 'node:os';
import { createVersionSchemas } from './app.ts';
import { runCli } from './cli/run-cli.ts';
import { loadConfig } from './config.ts';
import { choiceRegistry } from './crm/choice-fields.ts';
import { bringUpDatabase, findDatabaseLack } from './crm/crm-database.ts';
import { annotateCrmSchema } from './crm/crm-schema.ts';
import { importLegacyExport } from './crm/import/import-legacy-export.ts';
import { serve } from './serve.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
// A reader that has seen enough, such as `head`, closes the pipe: no reason to die with a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stop.abort();
});

process.exitCode = await runCli(process.argv.slice(2), {
  loadConfig: () => loadConfig(process.env),
  stdout: process.stdout,
  stderr: process.stderr,
  registry: choiceRegistry,
  bringUpDatabase,
  findDatabaseLack,
  importLegacyExport,
  loadSchema: annotateCrmSchema,
  serve,
  createSchemas: createVersionSchemas,
  signal: stop.signal,
  userName: readUserName(),
  now: () => performance.now(),
});

/** A container may run as a user id that no account has. */
function readUserName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
