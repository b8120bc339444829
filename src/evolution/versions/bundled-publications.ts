import publications from '../../../schema/versions.json' with { type: 'json' };
import { parsePublishedVersions } from './published-version.ts';
import type { PublishedVersion } from './published-version.ts';

/**
 * The versions that were published when this program was built: `schema/versions.json` is part of it.
 * @throws OperationError where that file is not as it has to be.
 */
export function listBundledPublications(): readonly PublishedVersion[] {
  return parsePublishedVersions(publications, 'schema/versions.json');
}
