/** Whether `--force` passes a blocker of this code over: missing evidence and the calendar, never a use, or data that is not ready. */
export function isOverridable(code: string): boolean {
  return code === 'TOO_EARLY' || code === 'INSUFFICIENT_EVIDENCE';
}
