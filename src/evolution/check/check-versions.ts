import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { OperationError } from '../../errors.ts';
import { hasPublicationList, listPath, printList, readPublishedVersions, readSdl, sdlPath } from '../removal/published-versions.ts';
import { isPromised } from '../versions/api-versions.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { listDeprecations } from '../versions/list-deprecations.ts';
import { listMembers } from '../versions/list-members.ts';
import { printVersion } from '../versions/print-version.ts';
import { hashSdl } from '../versions/published-version.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import type { Anchor } from './anchor.ts';
import { checkAgainst } from './check-against.ts';
import { checkPublications } from './check-publications.ts';
import { sortFindings } from './finding.ts';
import type { Fault, Finding } from './finding.ts';
import { judgeChanges } from './judge-changes.ts';
import type { ExamineRemoval } from './judge-changes.ts';
import { locateMember } from './locate-member.ts';
import { findShortNotices } from './policy/lifecycles.ts';
import { findMemberFaults } from './policy/policy.ts';
import type { Policy } from './policy/policy.ts';
import { findUnknownReplacements } from './policy/replacements.ts';

/** The versions that the code makes, and the directory of what was published of them. */
export interface VersionsToCheck {
  /** The schema that every version is a view of. */
  readonly annotated: GraphQLSchema;
  /** Oldest first. */
  readonly views: ReadonlyMap<ApiVersion, GraphQLSchema>;
  /** Where the SDL of each version is, and `versions.json`. */
  readonly directory: string;
  /** What the calendar says. */
  readonly now: Date;
  /** What has to hold still. Absent: nobody says what was published before. */
  readonly anchor?: Anchor | undefined;
}

interface Version {
  readonly version: ApiVersion;
  readonly view: GraphQLSchema;
  /** What the code makes. */
  readonly made: string;
  /** What its file says; undefined where there is none. */
  readonly committed: string | undefined;
  readonly published: PublishedVersion | undefined;
}

/**
 * Whether the versions are what they have to be: each the same as its file, a published one as it was published; none breaking
 * operations of the one before it, but by the removal of what that one marked as deprecated once its sunset has come (a version
 * without deprecated members need not wait); what breaks operations published; and all that is not published yet as the policy wants it.
 * @throws OperationError where files cannot be read.
 */
export async function checkVersions(asked: VersionsToCheck, policy: Policy): Promise<Finding[]> {
  const { annotated, views, directory, anchor } = asked;
  const entries = await readPublishedVersions(directory);
  const versions = await readVersions(views, directory, entries);
  const retired = entries.filter((entry) => !versions.some(({ published }) => published === entry));
  const findings = [
    ...(await checkListIsThere(directory, versions)),
    ...checkPublications(asked, entries),
    ...(anchor === undefined
      ? []
      : await checkAnchor(anchor, directory, versions, entries, { months: policy.noticeMonths, now: asked.now })),
    ...(await Promise.all(retired.map(async (entry) => checkFrozen(entry, await readSdl(directory, entry.name))))).flat(),
    ...versions.flatMap(({ published, committed }) => (published === undefined ? [] : checkFrozen(published, committed))),
    ...versions.flatMap(checkDrift),
    ...versions
      .slice(1)
      .flatMap((newer, index) => (hasPassed(versions[index]!, newer, entries) ? [] : compareVersions(versions[index]!, newer))),
    ...checkPolicy(annotated, versions, policy),
  ];
  return sortFindings(addPlaces(findings, versions, directory));
}

/**
 * The files of the versions that are not published, which may be written, with what the code makes of each. In a directory without
 * any of them, an empty list of published versions is one too; where only the list is missing nobody knows which may be written.
 */
export async function listOpenVersions({
  views,
  directory,
}: Pick<VersionsToCheck, 'views' | 'directory'>): Promise<readonly { file: string; sdl: string; changed: boolean }[]> {
  const versions = await readVersions(views, directory, await readPublishedVersions(directory));
  const unlisted = !(await hasPublicationList(directory));
  if (unlisted && versions.some(isPromisedOnDisk)) return [];
  const list = unlisted ? [{ file: listPath(directory), sdl: printList([]), changed: true }] : [];
  const open = versions
    .filter(({ published }) => published === undefined)
    .map(({ version, made, committed }) => ({ file: sdlPath(directory, version.name), sdl: made, changed: made !== committed }));
  return [...list, ...open];
}

/** A list that is gone would leave nothing frozen. */
async function checkListIsThere(directory: string, versions: readonly Version[]): Promise<Finding[]> {
  if (!versions.some(isPromisedOnDisk) || (await hasPublicationList(directory))) return [];
  const message = `There is SDL of versions, and ${listPath(directory)}, which says what of it is published, is missing. Put it back; where nothing ever was published, it is { "versions": [] }.`;
  return [
    { ...refuse('versions.json', { kind: 'PUBLICATION_MISSING', coordinate: 'schema', message }), file: listPath(directory), line: 1 },
  ];
}

function isPromisedOnDisk({ version, committed }: Version): boolean {
  return isPromised(version) && committed !== undefined;
}

async function checkAnchor(
  anchor: Anchor,
  directory: string,
  versions: readonly Version[],
  published: readonly PublishedVersion[],
  notice: { readonly months: number; readonly now: Date },
): Promise<Finding[]> {
  const files = new Map<string, string>();
  for (const name of anchor.sdls.keys()) {
    const sdl = await readSdl(directory, name);
    if (sdl !== undefined) files.set(name, sdl);
  }
  const views = new Map(versions.map(({ version, view }) => [version.name, view]));
  return checkAgainst(anchor, { published, views, files, notice });
}

function readVersions(
  views: ReadonlyMap<ApiVersion, GraphQLSchema>,
  directory: string,
  entries: readonly PublishedVersion[],
): Promise<Version[]> {
  return Promise.all(
    [...views].map(async ([version, view]) => ({
      version,
      view,
      made: printVersion(view),
      committed: await readSdl(directory, version.name),
      published: entries.find(({ name }) => name === version.name),
    })),
  );
}

function checkFrozen({ name, publishedAt, sha256 }: PublishedVersion, committed: string | undefined): Finding[] {
  if (committed !== undefined && hashSdl(committed) === sha256) return [];
  const what = committed === undefined ? 'is gone: it' : 'was changed after it';
  return [refuse(name, { kind: 'FROZEN', coordinate: 'schema', message: `The SDL of ${name} ${what} was published on ${publishedAt}.` })];
}

/** The file and the code say the same. Where they do not, of a published version every change is told. */
function checkDrift({ version: { name }, view, made, committed, published }: Version): Finding[] {
  if (made === committed) return [];
  if (published === undefined) {
    const message = `The SDL of ${name} is ${committed === undefined ? 'missing' : 'not what the code makes'}. Run choices schema check --write, and look at the difference.`;
    return [refuse(name, { kind: 'DRIFT', coordinate: 'schema', message })];
  }
  const message = `The code makes another schema of ${name} than was published on ${published.publishedAt}. Undo what changed it.`;
  const drift = refuse(name, { kind: 'DRIFT', coordinate: 'schema', message });
  if (committed === undefined) return [drift];
  const changes = judgeChanges(build(committed, name), view, () => `${name} is published and stays as it is.`);
  return [drift, ...changes.map((change) => ({ ...change, schema: name, against: `${name} as published` }))];
}

/** Whether both are published with one between them that has ended: the newer one was compared with that, and neither changes. */
function hasPassed(older: Version, { version, published }: Version, entries: readonly PublishedVersion[]): boolean {
  return published !== undefined && entries.some(({ name }) => older.version.name < name && name < version.name);
}

function compareVersions(older: Version, newer: Version): Finding[] {
  const { name, month } = newer.version;
  const sunsets = new Map(listDeprecations(older.view, older.version).map(({ coordinate, sunset }) => [coordinate, sunset]));
  const examine: ExamineRemoval = ({ coordinate }) => {
    const sunset = sunsets.get(coordinate);
    if (sunset === undefined) return 'It has no sunset.';
    return !isPromised(newer.version) || sunset <= month ? undefined : `Its sunset is ${sunset}, after ${name}.`;
  };
  return judgeChanges(older.view, newer.view, examine).map((change) => ({ ...change, schema: name, against: older.version.name }));
}

/** What is published cannot be mended: the policy is for what is not. */
function checkPolicy(annotated: GraphQLSchema, versions: readonly Version[], policy: Policy): Finding[] {
  const frozen = versions.filter(({ published }) => published !== undefined);
  const members = new Set(frozen.flatMap(({ view }) => [...listMembers(view)].map(({ coordinate }) => coordinate)));
  const deprecated = new Set(frozen.flatMap(({ view, version }) => listDeprecations(view, version).map(({ coordinate }) => coordinate)));

  const found = new Map<string, Finding>();
  for (const { version, view, published } of versions)
    if (published === undefined) {
      const replacements = policy.deprecations ? findUnknownReplacements(view, version) : [];
      for (const fault of [
        ...findMemberFaults(view, policy).filter(({ coordinate }) => !members.has(coordinate)),
        ...replacements.filter(({ coordinate }) => !deprecated.has(coordinate)),
      ]) {
        const key = `${fault.kind} ${fault.coordinate}`;
        if (!found.has(key)) found.set(key, refuse(version.name, fault));
      }
    }
  const notices = policy.deprecations ? findShortNotices(annotated, policy.noticeMonths) : [];
  const [open] = versions.filter(({ published }) => published === undefined);
  return [
    ...found.values(),
    ...notices.filter(({ coordinate }) => !deprecated.has(coordinate)).map((fault) => refuse(open?.version.name ?? 'code', fault)),
  ];
}

function refuse(schema: string, fault: Fault): Finding {
  return { judgement: 'refused', schema, ...fault };
}

/** Where people look: in the file of the version, which is built once for all findings. */
function addPlaces(findings: readonly Finding[], versions: readonly Version[], directory: string): Finding[] {
  const built = new Map<string, GraphQLSchema>();
  return findings.map((finding) => {
    if (finding.file !== undefined) return finding;
    const version = versions.find(({ version: { name } }) => name === finding.schema);
    const file = sdlPath(directory, finding.schema);
    if (version === undefined) return { ...finding, file, line: 1 };
    const schema = built.get(finding.schema) ?? build(version.committed ?? version.made, finding.schema);
    built.set(finding.schema, schema);
    return { ...finding, file, line: locateMember(schema, finding.coordinate) };
  });
}

function build(sdl: string, name: string): GraphQLSchema {
  try {
    return buildSchema(sdl);
  } catch (error) {
    throw new OperationError(`The SDL of ${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
