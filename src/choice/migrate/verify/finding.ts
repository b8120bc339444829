/** What verification can find, in the order in which it looks. */
export type FindingCode =
  | 'NOT_EXPANDED'
  | 'NOT_POPULATED'
  | 'COLUMN'
  | 'TRIGGER'
  | 'CONSTRAINT'
  | 'INDEX'
  | 'ROW_SECURITY'
  | 'CROSS_TENANT'
  | 'ORPHANED'
  | 'DRIFT'
  | 'MERGED_REF'
  | 'QUARANTINED'
  | 'MISSING'
  | 'UNMAPPED'
  | 'ARCHIVE'
  | 'ALIAS'
  | 'ALIAS_OF_DELETED'
  | 'DUPLICATE_LABELS';

/** A fault, how many rows or objects have it, and what mends it. */
export interface Finding extends Remedy {
  readonly code: FindingCode;
  readonly field: string;
  /** Absent for what holds for every tenant: columns, triggers, constraints, indexes. */
  readonly tenant?: string;
  readonly message: string;
  readonly count: number;
  /** A few of the rows: records, or the choices that the message speaks of. */
  readonly sampleIds: readonly string[];
}

/** A command or, where none mends it, SQL for the owner. */
export interface Remedy {
  /** Names no tenant's values. */
  readonly remedy: string;
  /** The same command to the byte, values included: the arguments of `choices`. */
  readonly command?: readonly string[];
}

/** How many ids, and how many values, a finding tells. */
export const SAMPLES = 5;

/** A command that needs no values. */
export function byCommand(...command: readonly string[]): Remedy {
  return { remedy: ['choices', ...command].join(' '), command };
}

/** A few values as a message tells them. */
export function listValues(values: readonly string[]): string {
  return `${values
    .slice(0, SAMPLES)
    .map((value) => JSON.stringify(value))
    .join(', ')}${values.length > SAMPLES ? ', …' : ''}`;
}
