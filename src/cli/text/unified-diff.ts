import type { Splice } from '../../evolution/codemod/rewrite-result.ts';

/** Lines around a change. */
const CONTEXT = 2;

/** Lines `start` to `end` (excluded, counted from 0) before and after. */
interface Change {
  readonly before: readonly [start: number, end: number];
  readonly after: readonly [start: number, end: number];
}

/** What splices make of a text, as a unified diff that `patch` takes. They lie in the order of the text, and do not overlap. */
export function unifiedDiff(path: string, before: string, after: string, splices: readonly Splice[]): string {
  const [old, now] = [splitLines(before), splitLines(after)];
  const hunks: Change[][] = [];
  for (const change of listChanges(before, after, splices).map((each) => trim(each, old, now))) {
    const last = hunks.at(-1)?.at(-1);
    if (last && change.before[0] - last.before[1] <= 2 * CONTEXT) hunks.at(-1)!.push(change);
    else hunks.push([change]);
  }
  return [`--- a/${path}`, `+++ b/${path}`, ...hunks.flatMap((hunk) => printHunk(hunk, old, now))].join('\n');
}

function listChanges(before: string, after: string, splices: readonly Splice[]): Change[] {
  const [lineBefore, lineAfter] = [createLineFinder(before), createLineFinder(after)];
  const changes: Change[] = [];
  let shift = 0;
  for (const { start, end, text } of splices) {
    const from = start + shift;
    shift += text.length - (end - start);
    const change: Change = {
      before: [lineBefore(start), lineBefore(end) + 1],
      after: [lineAfter(from), lineAfter(end + shift) + 1],
    };
    const last = changes.at(-1);
    if (last && change.before[0] < last.before[1])
      changes[changes.length - 1] = { before: [last.before[0], change.before[1]], after: [last.after[0], change.after[1]] };
    else changes.push(change);
  }
  return changes;
}

/** Without the lines at both ends that stay. */
function trim({ before, after }: Change, old: readonly string[], now: readonly string[]): Change {
  let [start, end] = before;
  let [from, to] = after;
  while (start < end && from < to && old[start] === now[from]) [start, from] = [start + 1, from + 1];
  while (start < end && from < to && old[end - 1] === now[to - 1]) [end, to] = [end - 1, to - 1];
  return { before: [start, end], after: [from, to] };
}

function printHunk(changes: readonly Change[], old: readonly string[], now: readonly string[]): string[] {
  const [first, last] = [changes[0]!, changes.at(-1)!];
  const start = Math.max(0, first.before[0] - CONTEXT);
  const end = Math.min(old.length, last.before[1] + CONTEXT);
  const from = first.after[0] - (first.before[0] - start);
  const lines: string[] = [];
  let at = start;
  for (const { before, after } of changes) {
    lines.push(...printLines(' ', old.slice(at, before[0])));
    lines.push(...printLines('-', old.slice(...before)), ...printLines('+', now.slice(...after)));
    at = before[1];
  }
  lines.push(...printLines(' ', old.slice(at, end)));
  const count = end - start + changes.reduce((sum, { before, after }) => sum + after[1] - after[0] - (before[1] - before[0]), 0);
  return [`@@ -${range(start, end - start)} +${range(from, count)} @@`, ...lines];
}

/** A range without lines is told by the line before it. */
function range(start: number, count: number): string {
  return count === 0 ? `${start},0` : `${start + 1},${count}`;
}

function printLines(mark: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) => (line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, '\\ No newline at end of file']));
}

/** With their line breaks. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function createLineFinder(text: string): (offset: number) => number {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return (offset) => {
    const after = starts.findIndex((start) => start > offset);
    return (after < 0 ? starts.length : after) - 1;
  };
}
