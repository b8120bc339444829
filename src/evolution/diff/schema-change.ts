/**
 * What a change does to the operations that were valid before it, and to those who read their answers:
 * - `breaking`: an operation is refused, or answers with another type than it did;
 * - `dangerous`: every operation stays valid, and one may do or answer what its author could not know of;
 * - `safe`: neither.
 */
export type Severity = 'breaking' | 'dangerous' | 'safe';

/** The most severe first: the order in which changes are listed. */
export const severities: readonly Severity[] = ['breaking', 'dangerous', 'safe'];

/** What a client gives a value for. */
export type InputMember = 'ARGUMENT' | 'INPUT_FIELD' | 'DIRECTIVE_ARGUMENT';

export type ChangeKind =
  | `ROOT_OPERATION_${'ADDED' | 'REMOVED' | 'TYPE_CHANGED'}`
  | `TYPE_${'ADDED' | 'REMOVED' | 'KIND_CHANGED'}`
  | `FIELD_${'ADDED' | 'REMOVED' | 'TYPE_CHANGED' | 'NULLABILITY_LOOSENED' | 'NULLABILITY_TIGHTENED'}`
  | `${'REQUIRED' | 'OPTIONAL'}_${InputMember}_ADDED`
  | `${InputMember}_${'REMOVED' | 'TYPE_CHANGED' | 'NULLABILITY_LOOSENED' | 'NULLABILITY_TIGHTENED' | 'MADE_REQUIRED'}`
  | `${InputMember}_DEFAULT_${'ADDED' | 'REMOVED' | 'CHANGED'}`
  | `ENUM_VALUE_${'ADDED' | 'REMOVED'}`
  | `UNION_MEMBER_${'ADDED' | 'REMOVED'}`
  | `INTERFACE_${'ADDED' | 'REMOVED'}`
  | `ONE_OF_${'ADDED' | 'REMOVED'}`
  | `SPECIFIED_BY_${'ADDED' | 'REMOVED' | 'CHANGED'}`
  | `DIRECTIVE_${'ADDED' | 'REMOVED'}`
  | `DIRECTIVE_LOCATION_${'ADDED' | 'REMOVED'}`
  | `DIRECTIVE_REPEATABLE_${'ADDED' | 'REMOVED'}`
  | `DEPRECATION_${'ADDED' | 'REMOVED' | 'REASON_CHANGED'}`
  | 'DESCRIPTION_CHANGED';

/** One difference between two schemas. */
export interface SchemaChange {
  readonly severity: Severity;
  readonly kind: ChangeKind;
  /**
   * The schema coordinate of the member that changed: `Lead.industry`, `Query.leads(filter:)`, `@live(every:)`. A union's members and
   * a type's interfaces have none of their own: theirs is that of the union or of the type. The schema itself is `schema`.
   */
  readonly coordinate: string;
  /** A sentence for people, which names the coordinate. */
  readonly message: string;
  /** The reason that `@deprecated` stated on what was removed. Absent: it was not deprecated, or this is no removal. */
  readonly deprecationReason?: string;
}
