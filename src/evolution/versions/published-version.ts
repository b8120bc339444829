import { createHash } from 'node:crypto';
import { OperationError } from '../../errors.ts';
import { isPromised } from './api-versions.ts';
import { parseDay } from './day.ts';

/** A version whose SDL is frozen: `schema/2026-11.graphql` has these bytes for ever. */
export interface PublishedVersion {
  /** `YYYY-MM`. */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly publishedAt: string;
  /** Of the SDL's bytes, in hexadecimal. */
  readonly sha256: string;
  /** The day, `YYYY-MM-DD` in UTC, from which it is served no more. Absent: none is announced. */
  readonly ends?: string;
  /** Why it ends sooner than the notice. */
  readonly endForced?: { readonly reason: string };
  /** What was known of the members that it is without, when it was published. Absent: it is without none. */
  readonly evidence?: PublicationEvidence;
  /** Why it was published although evidence was missing or a sunset had not come, and what that was. */
  readonly forced?: { readonly reason: string; readonly overridden: readonly { readonly coordinate: string; readonly code: string }[] };
}

export interface PublicationEvidence {
  /** The window that was judged, in seconds, and the figures of what was recorded in it. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Whether uses on the path of a version were let pass. */
  readonly leavePinned: boolean;
  /** By coordinate: the verdict, and at least how often it was used in the window: uses that were let pass, of which the latest count. */
  readonly removals: readonly { readonly coordinate: string; readonly verdict: string; readonly uses: number }[];
}

const KEYS: ReadonlySet<string> = new Set(['name', 'publishedAt', 'sha256', 'ends', 'endForced', 'evidence', 'forced']);

export function hashSdl(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex');
}

/**
 * The versions that are listed in a value read from `where`, oldest first.
 * @throws OperationError naming the first thing that is not as `choices schema publish` and `end` write it.
 */
export function parsePublishedVersions(value: unknown, where: string): readonly PublishedVersion[] {
  const list = (Object(value) as { versions?: unknown }).versions;
  if (!Array.isArray(list))
    throw new OperationError(`${where}: expected { "versions": [{ "name", "publishedAt", "sha256" }] }, but got ${show(value)}`);
  expectKeys(value as object, new Set(['versions']), where);
  let [previous, publishedBefore] = ['', ''];
  return list.map((entry: unknown, index) => {
    const version = parseEntry(entry, `${where}: versions[${index}]`);
    if (version.name <= previous)
      throw new OperationError(`${where}: versions[${index}].name: expected a month after ${previous}, but got ${show(version.name)}`);
    if (version.publishedAt < publishedBefore)
      throw new OperationError(
        `${where}: versions[${index}].publishedAt: expected a moment after ${publishedBefore}, when ${previous} was published, but got ${show(version.publishedAt)}`,
      );
    [previous, publishedBefore] = [version.name, version.publishedAt];
    return version;
  });
}

function parseEntry(entry: unknown, place: string): PublishedVersion {
  if (!isRecord(entry)) throw new OperationError(`${place}: expected { "name", "publishedAt", "sha256" }, but got ${show(entry)}`);
  expectKeys(entry, KEYS, place);
  const { name, publishedAt, sha256, ends, endForced, evidence, forced } = entry;
  const expect = (holds: boolean, key: string, what: string) => {
    if (!holds) throw new OperationError(`${place}.${key}: expected ${what}, but got ${show(entry[key])}`);
  };
  expect(typeof name === 'string' && isPromised({ name }), 'name', 'a month, YYYY-MM');
  expect(isMoment(publishedAt), 'publishedAt', 'a moment such as 2026-11-01T12:00:00.000Z');
  expect(isText(sha256, /^[0-9a-f]{64}$/), 'sha256', '64 hexadecimal digits in lower case');
  expect(ends === undefined || (typeof ends === 'string' && parseDay(ends) !== undefined), 'ends', 'a day, YYYY-MM-DD');
  expect(endForced === undefined || isReason(endForced), 'endForced', '{ "reason" }');
  expect(ends !== undefined || endForced === undefined, 'endForced', 'none without ends');
  expect(
    evidence === undefined || isEvidence(evidence),
    'evidence',
    '{ "figures", "leavePinned", "removals": [{ "coordinate", "verdict", "uses" }] }, each coordinate once, and no uses of what is SAFE unless they were let pass',
  );
  expect(
    forced === undefined || (isReason(forced) && isListOf(forced.overridden, ['coordinate', 'code'])),
    'forced',
    '{ "reason", "overridden": [{ "coordinate", "code" }] }',
  );
  return entry as unknown as PublishedVersion;
}

function expectKeys(value: object, known: ReadonlySet<string>, place: string): void {
  const unknown = Object.keys(value).filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw new OperationError(`${place}: expected no other keys than ${[...known].join(', ')}, but got ${unknown.map(show).join(', ')}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEvidence(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.figures) || typeof value.leavePinned !== 'boolean') return false;
  if (!isListOf(value.removals, ['coordinate', 'verdict'])) return false;
  const removals = value.removals as Record<string, unknown>[];
  return (
    new Set(removals.map(({ coordinate }) => coordinate)).size === removals.length &&
    removals.every(({ verdict, uses }) => Number.isInteger(uses) && (uses === 0 || verdict !== 'SAFE' || value.leavePinned === true))
  );
}

function isListOf(value: unknown, texts: readonly string[]): boolean {
  return Array.isArray(value) && value.every((each) => isRecord(each) && texts.every((key) => typeof each[key] === 'string'));
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** As `toISOString` writes it. */
function isMoment(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const moment = new Date(value);
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === value;
}

function isReason(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && typeof value.reason === 'string' && value.reason.trim() !== '';
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
}
