/** What a command's exit code means (design: 0 done, 1 failed or findings, 2 wrong usage, 3 blocked). */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  /** 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
