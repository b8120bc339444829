/** The codes a GraphQL client can meet in `extensions.code`. Anything else is masked. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'CHOICE_UNKNOWN'
  | 'CHOICE_CONFLICT'
  | 'CHOICE_INACTIVE'
  | 'CHOICE_IN_USE'
  | 'CHOICE_SYSTEM'
  | 'LIMIT_EXCEEDED';

/** A mistake of the caller's. Its message, code and data go to the caller as they are. */
export abstract class ApplicationError extends Error {
  abstract readonly code: ErrorCode;

  constructor(
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class UnauthenticatedError extends ApplicationError {
  readonly code = 'UNAUTHENTICATED';
}

export class ForbiddenError extends ApplicationError {
  readonly code = 'FORBIDDEN';
}

export class BadUserInputError extends ApplicationError {
  readonly code = 'BAD_USER_INPUT';
}

export class NotFoundError extends ApplicationError {
  readonly code = 'NOT_FOUND';
}

export class ConflictError extends ApplicationError {
  readonly code = 'CONFLICT';
}

export class ChoiceUnknownError extends ApplicationError {
  readonly code = 'CHOICE_UNKNOWN';
}

export class ChoiceConflictError extends ApplicationError {
  readonly code = 'CHOICE_CONFLICT';
}

export class ChoiceInactiveError extends ApplicationError {
  readonly code = 'CHOICE_INACTIVE';
}

/** Something refers to the choice, or carries the value; the data say what, and what can be done instead. */
export class ChoiceInUseError extends ApplicationError {
  readonly code = 'CHOICE_IN_USE';
}

/** A choice that the system rests on, and that a tenant therefore keeps. */
export class ChoiceSystemError extends ApplicationError {
  readonly code = 'CHOICE_SYSTEM';
}

export class LimitExceededError extends ApplicationError {
  readonly code = 'LIMIT_EXCEEDED';
}

/** A declaration or a configuration that cannot work: the developer's mistake, found at start. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
}

/** A command called in a way it does not understand: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An operation that was carried out and failed, in words an operator can act on: exit code 1. */
export class OperationError extends Error {
  override readonly name = 'OperationError';

  /** What a program may want to know about it, for `--json`. */
  readonly data: Readonly<Record<string, unknown>> = {};
}

/** Why a step is not safe yet: data for programs, a sentence for people. */
export interface Blocker {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly tenant?: string;
}

/** A step that a gate refused: exit code 3. Nothing was changed. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError';

  constructor(readonly blockers: readonly Blocker[]) {
    super(blockers.map((blocker) => blocker.message).join('\n'));
  }
}
