/** What a dry run says last; empty for a real one. */
export function dryRunNote(dryRun: boolean): string {
  return dryRun ? 'Dry run: nothing was written.' : '';
}
