import type { RunOptions, Scope } from '../choice/migrate/run.ts';
import type { Sql } from '../database/owner-database.ts';
import { type Blocker, UsageError } from '../errors.ts';
import { type CommandContext, readRunOptions } from './command-context.ts';
import { exitCodeOf, type Outcome } from './outcome.ts';
import { readFields, readScope } from './scope.ts';
import { withDatabase } from './with-database.ts';

/** What the commands that carry out a step take; `reason` only those that offer it. */
export interface StepOptions {
  readonly field?: string[];
  readonly tenant?: string[];
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

interface StepResult {
  readonly ok: boolean;
  readonly blockers?: readonly Blocker[];
}

/** Carries out a step of the engine on the fields and tenants that its options name. */
export function runStep<Result extends StepResult>(
  context: CommandContext,
  options: StepOptions,
  step: (sql: Sql, scope: Scope, options: RunOptions & { readonly reason?: string }) => Promise<Result>,
  describe: (result: Result, dryRun: boolean) => string,
): Promise<Outcome> {
  const fields = readFields(context.registry, options.field);
  if (options.reason?.trim() === '') throw new UsageError('--reason: expected why, got nothing');
  const runOptions = { ...readRunOptions(context, options), ...(options.reason === undefined ? {} : { reason: options.reason }) };
  return withDatabase(context, async ({ sql }) => {
    const scope = await readScope(sql, context.registry, fields, options.tenant);
    const result = await step(sql, scope, runOptions);
    return { exitCode: exitCodeOf(result), answer: { document: result, text: describe(result, runOptions.dryRun) } };
  });
}
