import { createSharedRoom } from './shared-room.ts';
import { OTHERS, tidyName } from './usage-names.ts';

/** A client as it is counted. */
export interface UsageClient {
  /** `''` where it does not say, `(others)` where there was no room for its name. */
  readonly client: string;
  readonly clientVersion: string;
}

/** Answers how a client of a tenant that calls itself so is counted. */
export type ClientNames = (client: string, clientVersion: string, tenantId: string | null) => UsageClient;

/** Those whose names there was no room for. */
export const OTHER_CLIENTS: UsageClient = { client: OTHERS, clientVersion: '' };

/**
 * Clients by name and version, of which there may be `most`, and a share of them that one tenant brings in. Names come from
 * outside: past that number a client that is new is counted without its version, and past as many names of that kind it is counted
 * among the others. What one tenant brought in is known for all.
 */
export function createClientNames(most: number, share: number): ClientNames {
  const pairs = new Map<string, Map<string, UsageClient>>();
  const pairRoom = createSharedRoom(most, share);
  const unversioned = new Map<string, UsageClient>();
  const unversionedRoom = createSharedRoom(most, share);

  const findKnown = (client: string, clientVersion: string) => pairs.get(client)?.get(clientVersion);

  return (name, version, tenantId) => {
    // Names that are known are tidy.
    const called = findKnown(name, version);
    if (called !== undefined) return called;
    const client = tidyName(name);
    const clientVersion = client === '' ? '' : tidyName(version);
    const known = findKnown(client, clientVersion);
    if (known !== undefined) return known;
    if (pairRoom.take(tenantId, 1)) {
      const versions = pairs.get(client) ?? new Map<string, UsageClient>();
      pairs.set(client, versions);
      const added = { client, clientVersion };
      versions.set(clientVersion, added);
      return added;
    }
    const without = unversioned.get(client);
    if (without !== undefined) return without;
    if (!unversionedRoom.take(tenantId, 1)) return OTHER_CLIENTS;
    const added = { client, clientVersion: '' };
    unversioned.set(client, added);
    return added;
  };
}

/** Whether nobody can say who the client is. */
export function isUnnamed({ client }: UsageClient): boolean {
  return client === '' || client === OTHERS;
}
