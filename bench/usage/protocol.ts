/** The servers that are compared: one that records the use of the schema, one that does not, and a second one that does. */
export const SIDES = ['recording', 'nothing', 'again'] as const;
export type Side = (typeof SIDES)[number];

/** What the process is asked to do, before it tells what it has spent. */
export type Command = { readonly flush: Side } | { readonly profile: 'start' | 'stop' };

export type Question = { readonly id: number } & (Command | object);

/** What a process has spent so far; what of a profile that ended was recording, 0 to 1. */
export interface Spent {
  /** Microseconds of CPU, on all its threads. */
  readonly cpu: number;
  readonly recordingShare?: number;
}

export type Answer = { readonly id: number } & (Spent | { readonly error: string });

/** Said once, when all sides serve. */
export type Urls = Readonly<Record<Side, string>>;
