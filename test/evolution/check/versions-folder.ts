import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { buildSchema } from 'graphql';
import { checkVersions } from '../../../src/evolution/check/check-versions.ts';
import type { VersionsToCheck } from '../../../src/evolution/check/check-versions.ts';
import { defaultPolicy } from '../../../src/evolution/check/policy/policy.ts';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import type { ApiVersion } from '../../../src/evolution/versions/api-versions.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { hashSdl } from '../../../src/evolution/versions/published-version.ts';
import type { PublishedVersion } from '../../../src/evolution/versions/published-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';

export const VERSIONS: readonly ApiVersion[] = [
  { name: '2026-01', month: '2026-01' },
  { name: '2026-11', month: '2026-11' },
  { name: 'next', month: '9999-12', withoutDeprecated: true },
];
export const NOW = new Date('2026-12-01T00:00:00Z');
export const SDL = `
  "All." type Query { "Always." id: ID "A string." industry: Kind "A reference." industryRef: ID "Old." gone: ID }
  "A kind." enum Kind { "One." ONE }`;
export const DEPRECATED = { since: '2026-11', sunset: '2027-07', replacement: 'industryRef' };
export const LIFECYCLE: readonly LifecycleEntry[] = [
  ['Query.industry', { deprecated: DEPRECATED }],
  ['Query.industryRef', { introduced: '2026-11' }],
];

/** Of a publication that is without one member. */
export const evidenceOf = (coordinate: string, verdict: string) => ({
  figures: {},
  leavePinned: false,
  removals: [{ coordinate, verdict, uses: 0 }],
});

/** A folder of versions of a small schema, and what is published of them. */
export interface VersionsFolder {
  readonly directory: string;
  /** The versions that code with these lifecycles makes. */
  make(lifecycle?: readonly LifecycleEntry[], sdl?: string, versions?: readonly ApiVersion[]): VersionsToCheck;
  /** Writes what the code makes, and lists versions as published: 2026-01 if not said otherwise. */
  commit(made?: VersionsToCheck, published?: readonly string[]): Promise<PublishedVersion[]>;
  list(versions: unknown): Promise<void>;
  /** What the check refuses: kind, version and coordinate. */
  refused(made?: VersionsToCheck): Promise<string[]>;
}

/** Registers the hooks that make the folder for each test. */
export function useVersionsFolder(): VersionsFolder {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'versions-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const folder: VersionsFolder = {
    get directory() {
      return directory;
    },
    make(lifecycle = LIFECYCLE, sdl = SDL, versions = VERSIONS) {
      const annotated = buildSchema(sdl);
      annotateSchema(annotated, lifecycle);
      return { annotated, views: new Map(versions.map((version) => [version, viewSchema(annotated, version)])), directory, now: NOW };
    },
    async commit(made = folder.make(), published = ['2026-01']) {
      const sdls = [...made.views].map(([{ name }, view]) => ({ name, sdl: printVersion(view) }));
      for (const { name, sdl } of sdls) await writeFile(join(directory, `${name}.graphql`), sdl);
      const versions = sdls
        .filter(({ name }) => published.includes(name))
        .map(({ name, sdl }) => ({ name, publishedAt: '2026-01-15T00:00:00.000Z', sha256: hashSdl(sdl) }));
      await folder.list(versions);
      return versions;
    },
    list: (versions) => writeFile(join(directory, 'versions.json'), JSON.stringify({ versions })),
    async refused(made = folder.make()) {
      const findings = await checkVersions(made, defaultPolicy);
      return findings
        .filter(({ judgement }) => judgement === 'refused')
        .map(({ kind, schema, coordinate }) => `${kind} ${schema} ${coordinate}`);
    },
  };
  return folder;
}
