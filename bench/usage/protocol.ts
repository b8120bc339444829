/** The servers that are compared: one that records the use of the schema, one that does not, and a second one that does. */
export const SIDES = ['recording', 'nothing', 'again'] as const;
export type Side = (typeof SIDES)[number];

/** What is asked of the process: how much it has spent, once a side has stored what it recorded, if one is named. */
export interface Question {
  readonly id: number;
  readonly flush?: Side;
}

/** Microseconds of CPU that the process has spent so far, on all its threads; or what went wrong. */
export type Answer = { readonly id: number; readonly cpu: number } | { readonly id: number; readonly error: string };

/** Said once, when all sides serve. */
export type Urls = Readonly<Record<Side, string>>;
