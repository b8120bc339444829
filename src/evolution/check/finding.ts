import type { ChangeKind } from '../diff/schema-change.ts';

/**
 * What becomes of a difference or of a fault:
 * - `breaking`: a change that breaks operations, where nobody decides about it;
 * - `refused`: a change or a fault that a check does not let pass;
 * - `announced`: a removal that breaks operations, and that clients were told of in time;
 * - `dangerous`, `safe`: as `Severity` has them.
 */
export type Judgement = 'breaking' | 'refused' | 'announced' | 'dangerous' | 'safe';

/** The worst first: the order in which findings are listed. */
export const judgements: readonly Judgement[] = ['breaking', 'refused', 'announced', 'dangerous', 'safe'];

/** What is wrong with a schema in itself, or with the file that holds it. */
export type FaultKind =
  | 'DRIFT'
  | 'FROZEN'
  | 'PUBLICATION_MISSING'
  | 'UNPROVEN_PUBLICATION'
  | 'END_TOO_EARLY'
  | 'PUBLICATION_CHANGED'
  | 'UNPUBLISHED_REMOVAL'
  | 'VERSION_GONE'
  | 'DESCRIPTION_MISSING'
  | 'NAME'
  | 'DEPRECATION_REASON_MISSING'
  | 'DEPRECATION_REPLACEMENT_MISSING'
  | 'DEPRECATION_REPLACEMENT_UNKNOWN'
  | 'DEPRECATION_SUNSET_MISSING'
  | 'DEPRECATION_NOTICE_TOO_SHORT';

/** One thing that a comparison or a check has to say. */
export interface Finding {
  readonly judgement: Judgement;
  readonly kind: ChangeKind | FaultKind;
  /** The exact schema coordinate; `schema` where it is the whole schema. */
  readonly coordinate: string;
  /** A sentence for people, which names the coordinate. */
  readonly message: string;
  /** The schema that it is about: a version's name, or the reference it was loaded by. */
  readonly schema: string;
  /** The schema that it is compared with. */
  readonly against?: string;
  /** The file of the schema, with the line of the member, or of what is left around it. */
  readonly file?: string;
  readonly line?: number;
}

/** A fault of one member, before it is known where it stands. */
export type Fault = Pick<Finding, 'coordinate' | 'message'> & { readonly kind: FaultKind };

/** Whether nothing is in the way of a schema. */
export function isFine(findings: readonly Finding[]): boolean {
  return findings.every(({ judgement }) => judgement !== 'breaking' && judgement !== 'refused');
}

/** The worst first; equal ones stay in their order. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((left, right) => judgements.indexOf(left.judgement) - judgements.indexOf(right.judgement));
}
