import { getIntrospectionQuery } from 'graphql';
import type { GraphQLSchema, IntrospectionOptions } from 'graphql';
import { OperationError } from '../../errors.ts';
import { buildFromIntrospection, buildFromSdl } from './build-loaded-schema.ts';
import { fetchWithinOrigin, readText } from './fetch-within-origin.ts';
import { describeFetchFailure, parseGraphqlAnswer } from './graphql-answer.ts';

export interface FetchOptions {
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For everything together, in milliseconds. */
  readonly timeLimit: number;
  readonly signal?: AbortSignal;
}

const EVERYTHING: IntrospectionOptions = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};

/** What to ask for, all first. A server that knows one of these refuses none of it; what it does not know, its schema does not have. */
const QUESTIONS: readonly IntrospectionOptions[] = [
  EVERYTHING,
  { ...EVERYTHING, oneOf: false },
  { ...EVERYTHING, oneOf: false, inputValueDeprecation: false },
  { descriptions: true },
];

/**
 * The schema that a server has: by `GET URL?sdl` where it answers SDL as text, else by introspection. Redirects are followed within
 * the origin; an answer has at most 16 MiB.
 * @throws OperationError where it does not answer in time, or not with a schema.
 */
export async function fetchSchema(url: URL, { headers = {}, timeLimit, signal }: FetchOptions): Promise<GraphQLSchema> {
  const deadline = AbortSignal.timeout(timeLimit);
  const request = { headers, signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) };
  try {
    return (await readSdl(url, request)) ?? (await introspect(url, request));
  } catch (error) {
    if (error instanceof OperationError) throw error;
    if (deadline.aborted) throw new OperationError(`${url.href} did not answer within ${timeLimit / 1000} s`, { cause: error });
    throw new OperationError(`${url.href} cannot be reached: ${describeFetchFailure(error)}`, { cause: error });
  }
}

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Undefined where the server has another answer to it: a page, here or elsewhere, an error, a word. */
async function readSdl(url: URL, { headers, signal }: Request): Promise<GraphQLSchema | undefined> {
  const address = new URL(url);
  if (!address.searchParams.has('sdl')) address.search = address.search === '' ? '?sdl' : `${address.search}&sdl`;
  try {
    const response = await fetchWithinOrigin(address, { headers, signal });
    if (response.ok && /^(text\/plain|application\/graphql)\b(?!-)/.test(response.headers.get('content-type') ?? ''))
      return buildFromSdl(await readText(response, url), url.href);
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}

async function introspect(url: URL, { headers, signal }: Request): Promise<GraphQLSchema> {
  let refusal = '';
  for (const question of QUESTIONS) {
    const response = await fetchWithinOrigin(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json', ...headers },
      body: JSON.stringify({ query: getIntrospectionQuery(question) }),
      signal,
    });
    const text = await readText(response, url);
    const answer = parseGraphqlAnswer(text);
    if (answer === undefined)
      throw new OperationError(
        `${url.href} is no GraphQL endpoint: it answered ${response.status}${response.statusText && ` ${response.statusText}`} with ${JSON.stringify(text.slice(0, 80))}`,
      );
    if (answer.data != null) return buildFromIntrospection(answer, url.href);
    refusal ||= answer.errors?.map(({ message }) => message).join('; ') || `status ${response.status} and neither data nor errors`;
  }
  throw new OperationError(`${url.href} refused to be introspected: ${refusal}`);
}
