/** One version of the API: which members it has follows from their lifecycles. */
export interface ApiVersion {
  /** As in its path, `/graphql/2026-11`. */
  readonly name: string;
  /** The month, `YYYY-MM`, that lifecycles are compared with. */
  readonly month: string;
  /** Whether members that are deprecated by then are left out instead of marked. */
  readonly withoutDeprecated?: boolean;
}

/**
 * The versions that clients rely on, oldest first. One that breaks operations of the one before it is served once it is published:
 * `schema/versions.json` lists those that are, and when they end.
 */
export const apiVersions: readonly ApiVersion[] = [
  { name: '2026-01', month: '2026-01' },
  { name: '2026-11', month: '2026-11' },
];

/** The version that `/graphql` answers with. */
export const currentVersion: ApiVersion = apiVersions.at(-1)!;

/** Whether clients rely on a version: one that is named by a month, whatever it leaves out. */
export function isPromised({ name }: Pick<ApiVersion, 'name'>): boolean {
  return MONTH.test(name);
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** What is to come, for clients to try today: everything that is deprecated is gone, and nothing is promised. */
export const nextVersion: ApiVersion = { name: 'next', month: '9999-12', withoutDeprecated: true };

/** Every version that is served under a path of its own. */
export const servedVersions: readonly ApiVersion[] = [...apiVersions, nextVersion];
