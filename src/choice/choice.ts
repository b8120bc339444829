/** A choice as resolvers see it: a row of its type's table, with the type's own columns beside these. */
export interface Choice {
  /** Name of the choice type: `Industry`. */
  readonly type: string;
  readonly id: string;
  readonly key: string;
  readonly label: string;
  readonly position: number;
  readonly active: boolean;
  readonly system: boolean;
  readonly mergedIntoId: string | null;
  /** Counts its changes. */
  readonly version: number;
  readonly deleted: boolean;
  readonly [extra: string]: unknown;
}
