import type { ApiVersion } from './api-versions.ts';
import { dayOf } from './day.ts';
import type { PublishedVersion } from './published-version.ts';

/** A published version that the code no longer makes, and that clients were told is still served. */
export interface GoneVersion {
  readonly name: string;
  /** A sentence: when it may go. */
  readonly message: string;
}

/** The published versions that are missing although their end has not come. */
export function findGoneVersions(
  versions: readonly Pick<ApiVersion, 'name'>[],
  published: readonly PublishedVersion[],
  now: Date,
): GoneVersion[] {
  return published.flatMap(({ name, ends }) => {
    if (versions.some((version) => version.name === name) || (ends !== undefined && ends <= dayOf(now))) return [];
    const when =
      ends === undefined
        ? `no end is announced. Run: choices schema end ${name} --on YYYY-MM-DD`
        : `it is served until ${ends} begins in UTC`;
    return [{ name, message: `${name} is published, and the code no longer makes it, but ${when}. Keep it in apiVersions` }];
  });
}
