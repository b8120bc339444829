import { isDeepStrictEqual } from 'node:util';
import type { GraphQLSchema } from 'graphql';
import { buildFromSdl } from '../source/build-loaded-schema.ts';
import { earliestEnd } from '../removal/end-version.ts';
import { dayOf } from '../versions/day.ts';
import type { PublishedVersion } from '../versions/published-version.ts';
import type { Anchor } from './anchor.ts';
import type { Fault, Finding } from './finding.ts';
import { judgeChanges } from './judge-changes.ts';
import { monthOf } from './month.ts';
import { findWrongReasons } from './policy/reasons.ts';

/** The versions as they are. */
interface Versions {
  /** What clients are told from now on gives them so many months. */
  readonly notice: { readonly months: number; readonly now: Date };
  readonly published: readonly PublishedVersion[];
  /** What the code makes of each, by name. */
  readonly views: ReadonlyMap<string, GraphQLSchema>;
  /** The SDL in the file of each version that the anchor has, by name; missing where there is no file. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Whether what another commit has of the versions still holds: each entry of a published version is the same, but for an end that is
 * later, or new and the notice away; no other is listed that nobody made; its file has the same bytes; and a version that is open there, which is served already, answers
 * every operation that it answers there, and takes nothing back of what it told clients of what goes.
 */
export function checkAgainst(anchor: Anchor, { published, views, files, notice }: Versions): Finding[] {
  const entries = new Map(published.map((entry) => [entry.name, entry]));
  const listed = new Set(anchor.published.map(({ name }) => name));
  return [
    ...anchor.published.flatMap((before) => checkEntry(before, entries.get(before.name))),
    ...published.flatMap((entry) =>
      checkNewEnd(
        entry,
        anchor.published.find(({ name }) => name === entry.name),
      ),
    ),
    ...published.flatMap(checkOrigin),
    ...anchor.published.flatMap(({ name }) => checkFile(name, anchor.sdls.get(name), files.get(name))),
    ...[...anchor.sdls].flatMap(([name, sdl]) => (listed.has(name) ? [] : checkOpen(name, sdl, views.get(name)))),
  ].map((finding) => ({ ...finding, against: anchor.name }));

  function checkEntry(before: PublishedVersion, now: PublishedVersion | undefined): Finding[] {
    const { name } = before;
    if (now === undefined)
      return [
        refuse(name, 'PUBLICATION_MISSING', `${name} is listed as published in ${anchor.name}, and no longer here. Put its entry back.`),
      ];
    const findings: Finding[] = [];
    const changed = (['publishedAt', 'sha256', 'evidence', 'forced'] as const).filter((key) => !isDeepStrictEqual(before[key], now[key]));
    if (changed.length > 0)
      findings.push(
        refuse(
          name,
          'PUBLICATION_CHANGED',
          `What ${anchor.name} has of the publication of ${name} was changed: ${changed.join(', ')}. Undo that.`,
        ),
      );
    if (before.ends !== undefined && (now.ends === undefined || now.ends < before.ends)) {
      const what = now.ends === undefined ? 'without an end' : `to end on ${now.ends}`;
      findings.push(
        refuse(
          name,
          'PUBLICATION_CHANGED',
          `${anchor.name} says that ${name} ends on ${before.ends}, and here it is ${what}: expected that day or later.`,
        ),
      );
    } else if (before.ends === now.ends && !isDeepStrictEqual(before.endForced, now.endForced))
      findings.push(refuse(name, 'PUBLICATION_CHANGED', `Why ${name} ends on ${now.ends} was changed since ${anchor.name}. Undo that.`));
    return findings;
  }

  /** What is published was made before, by this commit or by the other one. */
  function checkOrigin({ name }: PublishedVersion): Finding[] {
    if (listed.has(name) || anchor.sdls.has(name) || views.has(name)) return [];
    const message = `${name} is listed as published, but ${anchor.name} has neither its entry nor its SDL, and the code does not make it. Take its entry out.`;
    return [refuse(name, 'PUBLICATION_CHANGED', message)];
  }

  function checkNewEnd({ name, ends, endForced }: PublishedVersion, before: PublishedVersion | undefined): Finding[] {
    const earliest = earliestEnd(notice.now, notice.months);
    if (ends === undefined || before?.ends !== undefined || endForced !== undefined || ends >= earliest) return [];
    const message = `${anchor.name} knows of no end of ${name}, and here it ends on ${ends}: expected ${earliest} or later. Run: choices schema end ${name}`;
    return [refuse(name, 'END_TOO_EARLY', message)];
  }

  function checkFile(name: string, before: string | undefined, now: string | undefined): Finding[] {
    if (before === undefined || before === now) return [];
    const state = now === undefined ? 'is gone' : 'differs';
    return [refuse(name, 'FROZEN', `The SDL of ${name}, which is published in ${anchor.name}, ${state} here.`)];
  }

  function checkOpen(name: string, sdl: string, view: GraphQLSchema | undefined): Finding[] {
    const ends = entries.get(name)?.ends;
    if (view === undefined && ends !== undefined && ends <= dayOf(notice.now)) return [];
    if (view === undefined)
      return [
        refuse(
          name,
          'VERSION_GONE',
          `${name} is served by ${anchor.name}, and the code no longer makes it. Keep it in apiVersions, publish it and announce its end.`,
        ),
      ];
    const older = buildFromSdl(sdl, `${name} of ${anchor.name}`);
    const changes = judgeChanges(older, view, () => `${name} is served already: a later version may be without it.`);
    const reasons = findWrongReasons(older, view, { noticeMonths: notice.months, month: monthOf(notice.now) });
    return [
      ...changes.filter(({ judgement }) => judgement !== 'safe').map((change) => ({ ...change, schema: name })),
      // Its other reasons are the policy's business, with or without a commit to compare with.
      ...reasons
        .filter(({ kind }) => kind === 'DEPRECATION_NOTICE_TOO_SHORT')
        .map((fault): Finding => ({ judgement: 'refused', schema: name, ...fault })),
    ];
  }
}

function refuse(schema: string, kind: Fault['kind'], message: string): Finding {
  return { judgement: 'refused', kind, coordinate: 'schema', schema, message };
}
