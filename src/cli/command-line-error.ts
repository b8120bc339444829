import type { Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';

/** A command line that commander could not parse, with what it would have understood. */
export function createCommandLineError(command: Command, error: CommanderError): UsageError {
  const name = fullName(command);
  const what = error.code === 'commander.help' ? 'expected a command, got none' : error.message.replace(/^error: /, '');
  return new UsageError(`${what}\nexpected: ${name} ${command.usage()}\nfor more:  ${name} --help`, { cause: error });
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
