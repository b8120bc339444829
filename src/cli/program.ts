import { Command } from 'commander';
import type { CliDependencies } from './cli-dependencies.ts';
import type { RunCommand } from './command-context.ts';
import { addAcceptCommand } from './commands/accept.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addCodemodCommand } from './commands/codemod.ts';
import { addContractCommand } from './commands/contract.ts';
import { addCsvCommand } from './commands/csv.ts';
import { addDbCommand } from './commands/db.ts';
import { addExpandCommand } from './commands/expand.ts';
import { addImportCommand } from './commands/import.ts';
import { addMapCommand } from './commands/map.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addPaceCommand } from './commands/pace.ts';
import { addPauseCommand } from './commands/pause.ts';
import { addPopulateCommand } from './commands/populate.ts';
import { addPreferCommand } from './commands/prefer.ts';
import { addResumeCommand } from './commands/resume.ts';
import { addRollbackCommand } from './commands/rollback.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addServeCommand } from './commands/serve.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTenantCommand } from './commands/tenant.ts';
import { addTokenCommand } from './commands/token.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWorkerCommand } from './commands/worker.ts';
import { jsonOption } from './options.ts';
import { createCommandLineError } from './command-line-error.ts';

/** In the order in which they are used, which is the order of `--help`. */
const COMMANDS = [
  addDbCommand,
  addImportCommand,
  addTenantCommand,
  addExpandCommand,
  addPopulateCommand,
  addMigrateCommand,
  addWorkerCommand,
  addPauseCommand,
  addResumeCommand,
  addPaceCommand,
  addVerifyCommand,
  addPreferCommand,
  addContractCommand,
  addRollbackCommand,
  addStatusCommand,
  addMapCommand,
  addAcceptCommand,
  addCsvCommand,
  addAuditCommand,
  addUsageCommand,
  addSchemaCommand,
  addCodemodCommand,
  addTokenCommand,
  addServeCommand,
];

/** The command line's grammar. Parsing throws instead of ending the process. */
export function createProgram(dependencies: CliDependencies, run: RunCommand): Command {
  const { stdout, stderr } = dependencies;
  const program = new Command('choices')
    .description('Takes hardcoded choices to dynamic ones, live, and back.')
    .addOption(jsonOption().hideHelp())
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns || 80,
      getErrHelpWidth: () => stderr.columns || 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      'after',
      '\nExample:\n  $ choices status --tenant acme\n\nThe environment that the commands read is described in the README.',
    );
  for (const addCommand of COMMANDS) addCommand(program, run);
  for (const command of descendants(program)) command.exitOverride((error) => throwCommandLineError(command, error));
  return program;
}

/** The parent program reads `--json`, before or after the command: it knows it even where the rest cannot be parsed. */
export function wantsJson(program: Command): boolean {
  return program.opts<{ json?: boolean }>().json === true;
}

function throwCommandLineError(command: Command, error: Parameters<typeof createCommandLineError>[1]): never {
  throw error.exitCode === 0 ? error : createCommandLineError(command, error);
}

function descendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(descendants)];
}
