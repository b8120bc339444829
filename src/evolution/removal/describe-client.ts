import { OTHERS } from '../usage/usage-names.ts';

interface Client {
  readonly client: string;
  readonly clientVersion: string;
}

/** A client as a sentence tells of it. */
export function describeClient({ client, clientVersion }: Client): string {
  if (client === '') return 'a client that does not name itself';
  if (client === OTHERS) return 'clients for whose names there was no room';
  return `the client ${JSON.stringify(client)}${clientVersion && ` ${clientVersion}`}`;
}

/** Each version of a client by itself. */
export function groupByClient<Use extends Client>(uses: readonly Use[]): Use[][] {
  return [...Map.groupBy(uses, nameClient).values()];
}

/** How many clients there are among some uses, each version by itself. */
export function countClients(uses: readonly Client[]): number {
  return new Set(uses.map(nameClient)).size;
}

/** The same where one that comes by the path of a version and by `/graphql` is two: so clients are counted by `countUse`. */
export function countClientsByPath(uses: readonly (Client & { readonly pinned: boolean })[]): number {
  return countClients(uses.filter(({ pinned }) => pinned)) + countClients(uses.filter(({ pinned }) => !pinned));
}

function nameClient({ client, clientVersion }: Client): string {
  return `${client}\n${clientVersion}`;
}
