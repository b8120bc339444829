import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import type { Progress, RunOptions } from '../choice/migrate/run.ts';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { CliDependencies } from './cli-dependencies.ts';
import { InterruptedError } from './interrupted-error.ts';
import type { Answer, Outcome } from './outcome.ts';
import type { ProgressDisplay } from './progress/progress-display.ts';
import { quoteForShell } from './text/quote-for-shell.ts';

/** What one run of a command works with. */
export interface CommandContext {
  /** Read and checked when it is first asked for, so that `--help` never fails on it. */
  readonly config: Config;
  readonly registry: ChoiceRegistry;
  readonly dependencies: CliDependencies;
  readonly signal: AbortSignal;
  /** What was called, as one would type it. */
  readonly commandLine: string;
  /** Shows the progress. Throws InterruptedError once the signal is aborted: between two batches is where a step can stop. */
  readonly onProgress: (progress: Progress) => void;
  /** A line for people, on stderr. */
  readonly say: (line: string) => void;
  /** Whether stdout is for a program. */
  readonly json: boolean;
  /** Prints on stdout, as JSON or as text. For a command that answers while it runs; only the first answer is printed as JSON. */
  readonly answer: (answer: Answer) => void;
  /** Whether `LOG_LEVEL` asks for stacks; false as long as nothing has asked for the configuration. */
  readonly isDebugging: () => boolean;
}

/** Carries out a command and prints what it answers. */
export type RunCommand = (action: (context: CommandContext) => Promise<Outcome>) => Promise<void>;

export function createCommandContext(
  argv: readonly string[],
  dependencies: CliDependencies,
  progress: ProgressDisplay,
  output: { readonly json: () => boolean; readonly answer: (answer: Answer) => void },
): CommandContext {
  const { signal, registry } = dependencies;
  const commandLine = ['choices', ...argv.map(quoteForShell)].join(' ');
  let config: Config | undefined;
  return {
    get config() {
      return (config ??= dependencies.loadConfig());
    },
    get json() {
      return output.json();
    },
    answer: output.answer,
    registry,
    dependencies,
    signal,
    commandLine,
    onProgress: (state) => {
      if (signal.aborted) throw new InterruptedError(commandLine);
      progress.report(state);
    },
    say: (line) => progress.say(line),
    isDebugging: () => config?.logLevel === 'debug',
  };
}

/** The run options that every step of the engine takes. */
export function readRunOptions(context: CommandContext, options: { dryRun?: boolean; actor?: string }): RunOptions {
  const actor = options.actor ?? context.dependencies.userName;
  if (actor.trim() === '') throw new UsageError('--actor: expected the name of whoever answers for the change, got nothing');
  return { dryRun: options.dryRun === true, actor, onProgress: context.onProgress };
}
