/** What a principal may do, by name, from least to most. */
export const roles = ['reader', 'writer', 'choice-admin', 'operator'] as const;

export type Role = (typeof roles)[number];

/** Who sent a request, as its token says. */
export interface Principal {
  readonly subject: string;
  /** The tenant's slug; null for a platform operator, who sees no tenant's data. */
  readonly tenant: string | null;
  readonly roles: ReadonlySet<Role>;
}
