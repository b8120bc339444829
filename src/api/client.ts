import { isUtf8 } from 'node:buffer';
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
    const client = readName(find(`${header}-name`));
    if (client !== '') return { client, clientVersion: readName(find(`${header}-version`)) };
  }
  return { client: '', clientVersion: '' };
}

function readName(value = ''): string {
  return tidyName(BEYOND_ASCII.test(value) ? decodeText(value) : value);
}

const BEYOND_ASCII = /[\x80-\xff]/;

/** Node hands out each byte of a header as a character, ISO 8859-1; what clients send is UTF-8 nearly always. */
function decodeText(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
