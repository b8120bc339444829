import path from 'node:path';
import { build } from 'esbuild';

/** Bundles a program of the harness into one file, which needs nothing but the package of PostgreSQL's programs beside it. */
export async function buildProgram(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [path.resolve('test/harness', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['pg-native'],
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
