import { UsageError } from '../../errors.ts';
import type { Blocker } from '../../errors.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { dayOf, parseDay } from '../versions/day.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import { listPath, readPublishedVersions, recordChange } from './published-versions.ts';
import { readForceReason } from './read-force-reason.ts';

export interface EndOptions {
  /** Its name, `YYYY-MM`. */
  readonly version: string;
  /** The day, `YYYY-MM-DD` in UTC, from which it is served no more. */
  readonly on: string;
  /** Those that there are, oldest first; the last one is the current one. */
  readonly versions: readonly ApiVersion[];
  /** Where `versions.json` is. */
  readonly directory: string;
  readonly now: Date;
  /** Months that clients have to move to another version. */
  readonly noticeMonths: number;
  /** Ends it sooner than the notice. Needs `reason`. */
  readonly force?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Ending {
  /** Whether its end is announced; in a dry run, whether it could be. */
  readonly ok: boolean;
  readonly version: string;
  readonly ends: string;
  /** The file that says so. */
  readonly file: string;
  /** False where it was announced for that day before, and where something blocks it. */
  readonly changed: boolean;
  readonly blockers: readonly Blocker[];
  /** What `force` passed over. */
  readonly overridden: readonly Blocker[];
}

/**
 * Announces in `versions.json` when a published version ends: the notice away, or later than was announced. What clients were told
 * is not moved nearer, by force neither.
 * @throws UsageError for what is no day, for a version that is not published or is the current one, and force without a reason;
 * OperationError where files cannot be read or written.
 */
export async function endVersion(options: EndOptions): Promise<Ending> {
  const { on, directory, now, noticeMonths, dryRun = false } = options;
  const reason = readForceReason(options);
  if (parseDay(on) === undefined) throw new UsageError(`--on: expected a day, YYYY-MM-DD, but got ${JSON.stringify(on)}`);
  const published = await readPublishedVersions(directory);
  const entry = findPublished(options, published);
  const answer = { version: entry.name, ends: on, file: listPath(directory), blockers: [], overridden: [] };
  if (entry.ends === on) return { ...answer, ok: true, changed: false };

  const found = findBlockers(entry, on, { now, noticeMonths });
  const overridden = reason === undefined ? [] : found.filter(({ code }) => code === 'TOO_EARLY');
  const blockers = found.filter((blocker) => !overridden.includes(blocker));
  if (blockers.length > 0) return { ...answer, ok: false, changed: false, blockers };
  if (!dryRun) {
    // Why an earlier day was forced says nothing of this one; what is undefined is not written.
    const endForced = reason === undefined || overridden.length === 0 ? undefined : { reason };
    await recordChange(directory, published, { ...entry, ends: on, endForced });
  }
  return { ...answer, ok: true, changed: true, overridden };
}

/** The first day, `YYYY-MM-DD` in UTC, on which a version may end that is announced to end now. */
export function earliestEnd(now: Date, noticeMonths: number): string {
  return dayOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + noticeMonths, now.getUTCDate())));
}

function findPublished({ version, versions }: EndOptions, published: readonly PublishedVersion[]): PublishedVersion {
  const current = versions.at(-1)?.name;
  const candidates = published.filter(({ name }) => name !== current);
  const entry = candidates.find(({ name }) => name === version);
  if (entry !== undefined) return entry;
  const expected = candidates.length === 0 ? 'and there is none' : `one of ${candidates.map(({ name }) => name).join(', ')}`;
  throw new UsageError(
    `Expected a published version other than the current one, ${current}, ${expected}, but got ${JSON.stringify(version)}`,
  );
}

function findBlockers(
  { name, ends }: PublishedVersion,
  on: string,
  { now, noticeMonths }: Pick<EndOptions, 'now' | 'noticeMonths'>,
): Blocker[] {
  if (ends !== undefined)
    return ends < on
      ? []
      : [{ code: 'ANNOUNCED', message: `Clients were told that ${name} is served until ${ends}: it does not end sooner` }];
  const earliest = earliestEnd(now, noticeMonths);
  if (on >= earliest) return [];
  const message = `${name} would end on ${on}, and clients have ${noticeMonths} months to leave it: expected ${earliest} or later. Or override with --force --reason TEXT`;
  return [{ code: 'TOO_EARLY', message }];
}
