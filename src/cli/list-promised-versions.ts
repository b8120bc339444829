import { isPromised } from '../evolution/versions/api-versions.ts';
import type { ApiVersion } from '../evolution/versions/api-versions.ts';
import type { CommandContext } from './command-context.ts';

/** The versions of this API that clients may rely on, oldest first. */
export async function listPromisedVersions({ dependencies }: Pick<CommandContext, 'dependencies'>): Promise<readonly ApiVersion[]> {
  return [...(await dependencies.createSchemas()).keys()].filter(isPromised);
}
