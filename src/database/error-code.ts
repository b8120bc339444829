/** SQLSTATE lock_not_available: what lock_timeout and NOWAIT raise. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** Whether an error carries a code: the system's name of it (errno(3)), or an SQLSTATE (PostgreSQL manual, appendix A). */
export function hasErrorCode(error: unknown, code: string): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Whether an error, or one that it came of, carries one of these codes. */
export function isCausedBy(error: unknown, codes: ReadonlySet<unknown>): boolean {
  return error instanceof Error && (('code' in error && codes.has(error.code)) || isCausedBy(error.cause, codes));
}
