import { extname } from 'node:path';
import type ts from 'typescript';

/** How names of such files end. */
export const SCRIPTS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'];

/** Whether files of this name hold TypeScript or JavaScript. */
export function isScript(path: string): boolean {
  return SCRIPTS.includes(extname(path));
}

/** Parses a file, whose nodes know their parents. */
export function parseScript(typescript: typeof ts, path: string, text: string): ts.SourceFile {
  const { TSX, TS, JSX } = typescript.ScriptKind;
  const kind = path.endsWith('.tsx') ? TSX : /\.[mc]?ts$/.test(path) ? TS : JSX;
  return typescript.createSourceFile(path, text, typescript.ScriptTarget.Latest, true, kind);
}
