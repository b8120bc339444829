/** Runs a TypeScript program of this repository: node scripts/run.mjs FILE [ARGUMENT…] */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [, , file, ...rest] = process.argv;
// Inside node_modules, so that the packages it imports are found.
const folder = await mkdtemp(join('node_modules', '.run-'));
try {
  const outfile = join(folder, 'program.mjs');
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  process.argv = [process.argv[0], file, ...rest];
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(folder, { recursive: true, force: true });
}
