/** The user's Ctrl-C, after everything was brought to rest: exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  /** `commandLine` is what was called, ready to be pasted into a shell. */
  constructor(commandLine: string, options?: ErrorOptions) {
    super(`interrupted; the state is clean, nothing is half done: to resume, run the same command again: ${commandLine}`, options);
  }
}
