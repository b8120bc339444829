/** What a batch tries. Whoever catches its failure reads here which row failed, if it was one alone. */
export interface Attempt {
  /** Rows, at most. */
  readonly limit: number;
  /** What the limit would be if the part had never failed. */
  readonly usual: number;
  row?: string;
}

/** What one transaction did for its part. */
export interface Advance {
  readonly updated: number;
  /** Whether a whole pass found nothing to do, so that the part can be settled. */
  readonly ended: boolean;
}
