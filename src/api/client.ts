import { tidyName } from '../evolution/usage/usage-names.ts';

/** A client as it calls itself. */
export interface ApiClient {
  /** `''` where it does not say, or says what is no usable name. */
  readonly client: string;
  readonly clientVersion: string;
}

/** Name and version are read from headers of one family. */
const HEADERS = ['apollographql-client', 'x-graphql-client'] as const;

/** Reads who sends a request, from a function that finds a header by its name in lower case. */
export function readClient(find: (header: string) => string | undefined): ApiClient {
  for (const header of HEADERS) {
    const client = tidyName(find(`${header}-name`) ?? '');
    if (client !== '') return { client, clientVersion: tidyName(find(`${header}-version`) ?? '') };
  }
  return { client: '', clientVersion: '' };
}
