import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { buildCrmSchema, crmLifecycle } from '../../../src/crm/crm-schema.ts';
import type { Lifecycle } from '../../../src/evolution/lifecycle.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { apiVersions } from '../../../src/evolution/versions/api-versions.ts';
import { listMembers } from '../../../src/evolution/versions/list-members.ts';
import { findLifecycle, setLifecycle } from '../../../src/evolution/versions/member-lifecycle.ts';
import { INDUSTRY } from './removal-world.ts';

export const [FIRST, CURRENT] = apiVersions;
/** The version without the industries of leads. */
export const NEXT = { name: '2027-07', month: '2027-07' };
export const VERSIONS = [FIRST!, CURRENT!, NEXT];

/** The schema of the CRM as it is once that version is declared. */
export async function loadJulySchema(): Promise<GraphQLSchema> {
  const schema = await buildCrmSchema();
  annotateSchema(
    schema,
    crmLifecycle.map(([coordinate, lifecycle]) => [
      coordinate,
      INDUSTRY.includes(coordinate) ? { ...lifecycle, removed: NEXT.month } : lifecycle,
    ]),
  );
  return schema;
}

/** Answers what takes it back. */
export function changeLifecycle(schema: GraphQLSchema, coordinate: string, lifecycle: Lifecycle): () => void {
  const { member } = [...listMembers(schema)].find((candidate) => candidate.coordinate === coordinate)!;
  const before = findLifecycle(member) ?? {};
  setLifecycle(member, lifecycle);
  return () => setLifecycle(member, before);
}

/** Every file of a folder by name, but for the lock, which stays. */
export async function readFolder(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}
