import { ApplicationError, BlockedError, type Blocker, DeclarationError, OperationError, UsageError } from '../errors.ts';
import { ExitCode } from './exit-code.ts';
import { InterruptedError } from './interrupted-error.ts';
import { describeBlockers } from './text/blockers-text.ts';
import { escapeHidden } from './text/escape-hidden.ts';

/** Why a command failed: for programs, for people, and as an exit code. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly document: {
    readonly ok: false;
    readonly error: { readonly code: string; readonly message: string; readonly data?: Readonly<Record<string, unknown>> };
    readonly blockers: readonly Blocker[];
  };
  readonly text: string;
}

/** Any error that a command can end with. `debug` adds the stack, and those of its causes. */
export function describeFailure(error: unknown, debug: boolean): Failure {
  const { code, exitCode } = classify(error);
  const message = hidePasswords(error instanceof Error ? error.message || error.name : String(error));
  const blockers = error instanceof BlockedError ? error.blockers : [];
  const text = error instanceof BlockedError ? describeBlockers(blockers) : `error: ${escapeHidden(message)}`;
  const data =
    (error instanceof ApplicationError || error instanceof OperationError) && Object.keys(error.data).length > 0
      ? { data: error.data }
      : {};
  return {
    exitCode,
    document: { ok: false, error: { code, message, ...data }, blockers },
    text: [
      text,
      ...(debug && exitCode === ExitCode.failed ? [hidePasswords(stacksOf(error))] : []),
      ...(!debug && code === 'INTERNAL_ERROR' ? ['This is a fault of the program: LOG_LEVEL=debug shows where it happened.'] : []),
    ].join('\n'),
  };
}

function classify(error: unknown): { code: string; exitCode: ExitCode } {
  if (error instanceof UsageError) return { code: 'USAGE_ERROR', exitCode: ExitCode.usage };
  if (error instanceof BlockedError) return { code: 'BLOCKED', exitCode: ExitCode.blocked };
  if (error instanceof InterruptedError) return { code: 'INTERRUPTED', exitCode: ExitCode.interrupted };
  if (error instanceof OperationError) return { code: 'OPERATION_FAILED', exitCode: ExitCode.failed };
  if (error instanceof DeclarationError) return { code: 'DECLARATION_ERROR', exitCode: ExitCode.failed };
  if (error instanceof ApplicationError) return { code: error.code, exitCode: ExitCode.failed };
  return { code: 'INTERNAL_ERROR', exitCode: ExitCode.failed };
}

function stacksOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = [error.stack ?? error.message];
  if (error instanceof AggregateError) parts.push(...error.errors.map(stacksOf));
  if (error.cause !== undefined) parts.push(`caused by: ${stacksOf(error.cause)}`);
  return parts.join('\n');
}

/** Other people's messages may repeat a connection URL. */
function hidePasswords(text: string): string {
  return text.replace(/(postgres(?:ql)?:\/\/[^\s:@/]*:)[^\s]*@/g, '$1…@').replace(/([?&]password=)[^\s&]*/g, '$1…');
}
