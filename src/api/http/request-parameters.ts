import type { HTTPGraphQLRequest } from '@apollo/server';

type Parameters = Readonly<Record<string, unknown>>;

/** The parameters of a GraphQL request by POST or GET, as they came; undefined where there are none to be read. */
export function readParameters({ method, body, search }: HTTPGraphQLRequest): Parameters | undefined {
  if (method === 'POST') return isRecord(body) ? body : undefined;
  if (method !== 'GET') return undefined;
  const parameters = new URLSearchParams(search);
  const once = (name: string) => {
    const values = parameters.getAll(name);
    return values.length > 1 ? values : values[0];
  };
  return { query: once('query'), documentId: once('documentId'), extensions: parseJson(once('extensions')) };
}

/** Makes a request that named its document one that has it. */
export function writeDocument(request: HTTPGraphQLRequest, query: string): void {
  if (request.method === 'POST') {
    const body = request.body as Parameters;
    request.body = { ...body, query, ...(isRecord(body.extensions) && { extensions: withoutDocument(body.extensions) }) };
  } else {
    const parameters = new URLSearchParams(request.search);
    const extensions = parseJson(parameters.get('extensions'));
    parameters.set('query', query);
    if (isRecord(extensions)) parameters.set('extensions', JSON.stringify(withoutDocument(extensions)));
    request.search = `?${parameters}`;
  }
}

export function isRecord(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutDocument({ persistedQuery: _, ...extensions }: Parameters): Parameters {
  return extensions;
}

/** What is no JSON stays as it is, for Apollo to refuse. */
function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
