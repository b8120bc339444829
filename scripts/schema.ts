/**
 * Writes schema/VERSION.graphql for each API version, or with --check says which of them is not what the code makes.
 * Exit code 1: drift.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { apiVersions } from '../src/evolution/versions/api-versions.ts';
import { printVersion } from '../src/evolution/versions/print-version.ts';
import { createVersionSchemas } from '../src/app.ts';

const check = process.argv.includes('--check');
const schemas = await createVersionSchemas();
for (const version of apiVersions) {
  const path = `schema/${version.name}.graphql`;
  const made = printVersion(schemas.get(version)!);
  if (!check) await writeFile(path, made);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== made) {
    console.error(`${path} is not what the code makes. Run npm run schema:write, and look at the difference.`);
    process.exitCode = 1;
  } else console.log(`${path} is what the code makes`);
}
