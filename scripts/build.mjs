/** Builds src/main.ts and all it imports into dist/main.js, in one step that a running process never sees half done. */
import { chmod, mkdir, rename } from 'node:fs/promises';
import { build } from 'esbuild';

const target = 'dist/main.js';
const unfinished = `${target}.${process.pid}`;
await mkdir('dist', { recursive: true });
await build({
  entryPoints: ['src/main.ts'],
  outfile: unfinished,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node22',
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'warning',
  banner: { js: '#!/usr/bin/env -S node --enable-source-maps' },
});
await chmod(unfinished, 0o755);
await rename(unfinished, target);
