import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { SourceMap, type SourceMapPayload } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a function was written. */
export interface Place {
  readonly function: string;
  /** File and line, or what stands for them. */
  readonly source: string;
  /** The package, or the folder of ours. */
  readonly owner: string;
}

const INLINE_MAP = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,(\S+)\s*$/;

/** Says of each node of a profile whose it is; what esbuild has bundled is followed to the file that it was written in. */
export function placeFrames(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, Place> {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (url: string) => {
    if (!maps.has(url)) maps.set(url, readMap(url));
    return maps.get(url);
  };
  return new Map(nodes.map(({ id, callFrame }) => [id, placeFrame(callFrame, mapOf)]));
}

function placeFrame(
  { functionName, url, lineNumber, columnNumber }: Profiler.ProfileNode['callFrame'],
  mapOf: (url: string) => SourceMap | undefined,
): Place {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return { function: name, source: '', owner: name.startsWith('(') ? name : '(native)' };
  if (!url.startsWith('file:')) return { function: name, source: `${url}:${lineNumber + 1}`, owner: url.replace(/^(node:[^/]+).*/, '$1') };
  const file = fileURLToPath(url);
  const packaged = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)/.exec(file);
  if (packaged !== null) return { function: name, source: `${packaged[1]}/${packaged[2]}:${lineNumber + 1}`, owner: packaged[1]! };
  const entry = mapOf(url)?.findEntry(lineNumber, columnNumber);
  const source =
    entry !== undefined && 'originalSource' in entry && entry.originalSource !== ''
      ? { file: path.resolve(path.dirname(file), entry.originalSource), line: entry.originalLine + 1 }
      : { file, line: lineNumber + 1 };
  const relative = path.relative('.', source.file);
  return { function: name, source: `${relative}:${source.line}`, owner: path.dirname(relative) };
}

function readMap(url: string): SourceMap | undefined {
  const inline = INLINE_MAP.exec(readFileSync(fileURLToPath(url), 'utf8'))?.[1];
  if (inline === undefined) return undefined;
  return new SourceMap(JSON.parse(Buffer.from(inline, 'base64').toString('utf8')) as SourceMapPayload);
}
