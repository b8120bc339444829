import type { Command } from 'commander';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { jsonOption } from '../options.ts';

/** `choices serve`: the API server, until it is told to stop. */
export function addServeCommand(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('Run the API server until SIGINT or SIGTERM. Prints one line "ready URL" on stdout when it takes requests.')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ PORT=4000 choices serve')
    .action(() =>
      run(async ({ config, dependencies, signal, json, answer }) => {
        const { stdout, stderr } = dependencies;
        await dependencies.serve({
          config,
          stdout: json ? stderr : stdout,
          stderr,
          signal,
          onReady: (url) => answer({ document: { ok: true, url }, text: `ready ${url}` }),
        });
        return { exitCode: ExitCode.done };
      }),
    );
}
