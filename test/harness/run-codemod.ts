import { createVersionSchemas } from '../../src/app.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { annotateCrmSchema } from '../../src/crm/crm-schema.ts';
import { RecordedStream } from '../cli/recorded-stream.ts';

/** Runs `choices codemod` in this process: it needs neither a database nor a configuration. */
export async function runCodemod(...argv: string[]) {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const refuse = () => {
    throw new Error('The codemod needs none of it');
  };
  const exitCode = await runCli(['codemod', ...argv], {
    loadConfig: refuse,
    stdout,
    stderr,
    registry: choiceRegistry,
    bringUpDatabase: refuse,
    findDatabaseLack: refuse,
    importLegacyExport: refuse,
    loadSchema: annotateCrmSchema,
    createSchemas: createVersionSchemas,
    serve: refuse,
    signal: new AbortController().signal,
    userName: 'ada',
    now: () => 0,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
