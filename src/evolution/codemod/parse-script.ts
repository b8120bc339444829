import { extname } from 'node:path';
import type ts from 'typescript';

/** Files that hold scripts as HTML does. */
const PAGES = ['.vue', '.svelte'];
/** How names of such files end. */
export const SCRIPTS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', ...PAGES];

/** Whether files of this name hold TypeScript or JavaScript, alone or in `<script>`. */
export function isScript(path: string): boolean {
  return SCRIPTS.includes(extname(path));
}

/** Parses a file, whose nodes know their parents. Offsets are those of the file, also where only a part of it is script. */
export function parseScript(typescript: typeof ts, path: string, text: string): ts.SourceFile {
  const { TSX, TS, JSX } = typescript.ScriptKind;
  const isPage = PAGES.includes(extname(path));
  const isTsx = isPage ? /\blang=["']?[jt]sx\b/.test(text) : path.endsWith('.tsx');
  const kind = isTsx ? TSX : isPage || /\.[mc]?ts$/.test(path) ? TS : JSX;
  return typescript.createSourceFile(path, isPage ? keepScripts(text) : text, typescript.ScriptTarget.Latest, true, kind);
}

const COMMENT_OR_SCRIPT = /<!--[^]*?-->|(<script\b(?:"[^"]*"|'[^']*'|[^'">])*>)([^]*?)<\/script\s*>/gi;

/** Spaces in place of everything but scripts. */
function keepScripts(text: string): string {
  const blank = (part: string) => part.replace(/[^\r\n\uFEFF]/g, ' ');
  let [kept, end] = ['', 0];
  for (const { index, 1: opening, 2: script = '' } of text.matchAll(COMMENT_OR_SCRIPT)) {
    if (opening === undefined) continue;
    const start = index + opening.length;
    kept += blank(text.slice(end, start)) + script;
    end = start + script.length;
  }
  return kept + blank(text.slice(end));
}
