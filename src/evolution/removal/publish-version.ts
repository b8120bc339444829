import { UsageError } from '../../errors.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { printVersion } from '../versions/print-version.ts';
import { hashSdl } from '../versions/published-version.ts';
import type { PublicationEvidence } from '../versions/published-version.ts';
import { viewSchema } from '../versions/view-schema.ts';
import type { RemovalBlocker } from './describe-removal-blockers.ts';
import type { RemovalQuestion } from './judge-removals.ts';
import { isOverridable } from './is-overridable.ts';
import { findPublicationBlockers, findThaw } from './find-publication-blockers.ts';
import { readPublishedVersions, readSdl, recordPublication, sdlPath } from './published-versions.ts';
import { readForceReason } from './read-force-reason.ts';
import type { RemovalVerdict } from './verdict.ts';

export interface PublishOptions extends Pick<RemovalQuestion, 'schema' | 'window' | 'store' | 'dataKey' | 'leavePinned'> {
  /** Its name, `YYYY-MM`. */
  readonly version: string;
  /** Those that there are, oldest first. */
  readonly versions: readonly ApiVersion[];
  /** Where the SDL of each version is, and `versions.json`. */
  readonly directory: string;
  /** Goes on without the evidence, and before the sunset; never over a use, or data that is not ready. Needs `reason`. */
  readonly force?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface Publication {
  /** Whether it is published; in a dry run, whether it could be. */
  readonly ok: boolean;
  readonly version: string;
  /** The file of its SDL. */
  readonly file: string;
  readonly sha256: string;
  /** False where it was published before, with the same bytes, and where something blocks it. */
  readonly changed: boolean;
  /** What the version before it has and this one lacks. */
  readonly removals: readonly RemovalVerdict[];
  readonly blockers: readonly RemovalBlocker[];
  /** What `force` passed over. */
  readonly overridden: readonly RemovalBlocker[];
}

/**
 * Freezes the SDL of a version: writes it, and lists it in `versions.json`. Everything that the version before it has and this one
 * lacks must be safe to remove. What is published once stays as it is.
 * @throws UsageError for what is no version, or force without a reason; DeclarationError where the version is no valid schema;
 * OperationError where files cannot be read or written.
 */
export async function publishVersion(options: PublishOptions): Promise<Publication> {
  const { schema, versions, directory, store, dryRun = false } = options;
  const reason = readForceReason(options);
  const version = findVersion(options.version, versions);
  const view = viewSchema(schema, version);
  const sdl = printVersion(view);
  const answer = { version: version.name, file: sdlPath(directory, version.name), sha256: hashSdl(sdl) };
  const published = await readPublishedVersions(directory);
  const known = published.find(({ name }) => name === version.name);
  if (known !== undefined) {
    const blockers = [...findThaw(known, await readSdl(directory, known.name), 'its file'), ...findThaw(known, sdl, 'what the code makes')];
    return { ...answer, ok: blockers.length === 0, changed: false, removals: [], blockers, overridden: [] };
  }

  const { removals, blockers: found } = await findPublicationBlockers({ ...options, version, versions, view, published });
  const overridden = reason === undefined ? [] : found.filter(({ code }) => isOverridable(code));
  const blockers = found.filter((blocker) => !overridden.includes(blocker)).map(explainForce);
  if (blockers.length > 0) return { ...answer, ok: false, changed: false, removals, blockers, overridden: [] };
  if (!dryRun) {
    const forced = reason === undefined || overridden.length === 0 ? {} : { forced: { reason, overridden: summarize(overridden) } };
    const { sha256 } = answer;
    const publishedAt = (await store.read(async ({ now }) => now)).toISOString();
    const entry = { name: version.name, publishedAt, sha256, ...summarizeEvidence(removals), ...forced };
    await recordPublication(directory, published, entry, sdl);
  }
  return { ...answer, ok: true, changed: true, removals, blockers, overridden };
}

function findVersion(name: string, versions: readonly ApiVersion[]): ApiVersion {
  const version = versions.find((candidate) => candidate.name === name);
  if (version !== undefined && /^\d{4}-(0[1-9]|1[0-2])$/.test(name)) return version;
  throw new UsageError(`Expected a version, one of ${versions.map((known) => known.name).join(', ')}, but got ${JSON.stringify(name)}`);
}

function explainForce(blocker: RemovalBlocker): RemovalBlocker {
  // The gate of the data says so by itself.
  return isOverridable(blocker.code) && !blocker.message.includes('--force')
    ? { ...blocker, message: `${blocker.message}. Or override with --force --reason TEXT` }
    : blocker;
}

function summarize(overridden: readonly RemovalBlocker[]): { coordinate: string; code: string }[] {
  const codes = new Map(overridden.map(({ coordinate = '', code }) => [`${coordinate} ${code}`, { coordinate, code }]));
  return [...codes.values()];
}

/** Every member is judged by the same window. */
function summarizeEvidence(removals: readonly RemovalVerdict[]): { evidence?: PublicationEvidence } {
  const [first] = removals;
  if (first === undefined) return {};
  const { evidence, clients } = first.keys;
  return {
    evidence: {
      figures: { ...evidence.figures },
      leavePinned: clients.leavePinned,
      removals: removals.map(({ coordinate, verdict, keys }) => ({
        coordinate,
        verdict,
        uses: keys.clients.uses.reduce((sum, { count }) => sum + count, 0),
      })),
    },
  };
}
