import { quantile } from '../harness/statistics.ts';
import type { StatementCount } from './count-statements.ts';
import type { Slice } from './take-slices.ts';

/** Everything that a run has found. */
export interface Results {
  readonly rounds: number;
  readonly seconds: number;
  readonly leads: number;
  readonly machine: string;
  readonly versions: string;
  readonly day: string;
  readonly operations: readonly OperationResult[];
  readonly servers: readonly ServerResult[];
  readonly slices: readonly Slice[];
}

export interface OperationResult {
  readonly name: string;
  readonly title: string;
  /** Of what everybody answers. */
  readonly digest: string;
  /** By server; who cannot be asked for it is not there. */
  readonly statements: ReadonlyMap<string, StatementCount>;
}

export interface ServerResult {
  readonly name: string;
  readonly title: string;
  /** Once it is ready, in MiB. */
  readonly memoryAtRest: number;
}

/** The median of the rounds, and how far they are apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function figureOf({ slices }: Results, operation: string, server: string, pick: (slice: Slice) => number): Spread {
  return spreadOf(slices.filter((slice) => slice.operation === operation && slice.server === server).map(pick));
}

/** How many times as many requests a second one server answers as the other, compared within each round. */
export function ratioOf({ slices, rounds }: Results, operation: string, server: string, other: string): Spread {
  const rate = (round: number, name: string) =>
    slices.find((slice) => slice.round === round && slice.operation === operation && slice.server === name)!.requestsPerSecond;
  return spreadOf(Array.from({ length: rounds }, (_, at) => rate(at + 1, server) / rate(at + 1, other)));
}

function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), least: Math.min(...values), most: Math.max(...values) };
}
