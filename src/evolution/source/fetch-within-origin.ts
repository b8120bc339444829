import { OperationError } from '../../errors.ts';

/** More lead in a circle. */
const MOST_REDIRECTS = 5;
/** In bytes, decompressed. A schema of thousands of types has a few. */
const LARGEST_BODY = 16 * 1024 * 1024;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * `fetch` that follows redirects only within the origin of the URL: headers that say who asks are for nobody else. A request is
 * repeated as it is; after 303 it is a GET (RFC 9110, 15.4).
 * @throws OperationError naming the other origin.
 */
export async function fetchWithinOrigin(url: URL, init: RequestInit): Promise<Response> {
  let [address, request] = [url, init];
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetch(address, { ...request, redirect: 'manual' });
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    const target = URL.canParse(location, address) ? new URL(location, address) : undefined;
    if (target?.origin !== url.origin)
      throw new OperationError(
        `${url.href} redirects to ${target ? `another origin, ${target.origin}` : JSON.stringify(location)}: not followed. Give the URL that it leads to`,
      );
    address = target;
    if (response.status === 303) request = { ...request, method: 'GET', body: null };
  }
  throw new OperationError(`${url.href} redirects more than ${MOST_REDIRECTS} times`);
}

/**
 * The text that a response has.
 * @throws OperationError for one of more than 16 MiB, of which no more is read.
 */
export async function readText(response: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_BODY) throw new OperationError(`${url.href} answers with more than ${LARGEST_BODY / 1024 / 1024} MiB: not read`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
