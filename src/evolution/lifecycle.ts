/**
 * When a member of the schema came, was deprecated and went. Every month is `YYYY-MM` and is compared with that of an API
 * version; a member without a lifecycle is in every version.
 */
export interface Lifecycle {
  /** The first version that has the member: `2026-11`. Absent: it was always there. */
  readonly introduced?: string;
  readonly deprecated?: MemberDeprecation;
  /** The first version without the member. */
  readonly removed?: string;
}

/** What clients are told about a member that will go. */
export interface MemberDeprecation {
  /** The first version that marks the member. */
  readonly since: string;
  /** The month from which a version may be without it. */
  readonly sunset: string;
  /** What to write instead: `industryRef { key label }`. */
  readonly replacement: string;
}

/** A lifecycle and the schema coordinate it belongs to: `Lead.industry`, `Query.leads(filter:)`, `LeadOrderField.INDUSTRY`. */
export type LifecycleEntry = readonly [coordinate: string, lifecycle: Lifecycle];
