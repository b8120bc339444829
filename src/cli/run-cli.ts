import { CommanderError } from 'commander';
import type { CliDependencies } from './cli-dependencies.ts';
import { createCommandContext } from './command-context.ts';
import { ExitCode } from './exit-code.ts';
import { describeFailure } from './failure.ts';
import type { Answer } from './outcome.ts';
import { createProgram, wantsJson } from './program.ts';
import { createProgressDisplay } from './progress/create-progress-display.ts';

/**
 * Runs one command and answers with its exit code; it never throws and never ends the process.
 * `argv` is what follows the program's name. Answers go to stdout, everything else to stderr.
 */
export async function runCli(argv: readonly string[], dependencies: CliDependencies): Promise<ExitCode> {
  const { stderr, now } = dependencies;
  const progress = createProgressDisplay(stderr, now);
  let exitCode: ExitCode = ExitCode.done;

  const program = createProgram(dependencies, async (action) => {
    const outcome = await action(context);
    progress.end();
    if (outcome.answer !== undefined) answer(outcome.answer);
    exitCode = outcome.exitCode;
  });
  const json = () => wantsJson(program);
  const answer = createAnswer(dependencies, json);
  const context = createCommandContext(argv, dependencies, progress, { json, answer });

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    progress.end();
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.done;
    const failure = describeFailure(error, context.isDebugging());
    stderr.write(`${failure.text}\n`);
    if (json()) answer({ document: failure.document, text: '' });
    return failure.exitCode;
  }
}

/** A program reads stdout as one document: what comes after the first is dropped, and only stderr and the exit code tell of it. */
function createAnswer({ stdout }: CliDependencies, json: () => boolean): (answer: Answer) => void {
  let answered = false;
  return ({ document, text }) => {
    if (!json()) stdout.write(`${text}\n`);
    else if (!answered) stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    answered = true;
  };
}
