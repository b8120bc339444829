/** One version of the API: which members it has follows from their lifecycles. */
export interface ApiVersion {
  /** As in its path, `/graphql/2026-11`. */
  readonly name: string;
  /** The month, `YYYY-MM`, that lifecycles are compared with. */
  readonly month: string;
  /** Whether members that are deprecated by then are left out instead of marked. */
  readonly withoutDeprecated?: boolean;
}

/** The versions that are served under a path of their own, oldest first. */
export const apiVersions: readonly ApiVersion[] = [
  { name: '2026-01', month: '2026-01' },
  { name: '2026-11', month: '2026-11' },
];

/** The version that `/graphql` answers with. */
export const currentVersion: ApiVersion = apiVersions.at(-1)!;
