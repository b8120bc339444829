import { createHash } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import type { HTTPGraphQLRequest } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError } from 'graphql';
import { isRecord, readParameters, writeDocument } from './request-parameters.ts';

/** Finds the text of a registered document; undefined where there is none under this id. */
export type FindDocument = (documentId: string) => Promise<string | undefined>;

interface NamedDocument {
  readonly id: string;
  /** The HTTP status of an answer that there is no such document. */
  readonly unknownStatus: number;
}

/**
 * Puts the text of a registered document into a request that names it: by `documentId` (GraphQL over HTTP, appendix "Persisted
 * Documents") or by `extensions.persistedQuery` (Apollo). From then on it is a request like any other.
 * @throws GraphQLError when no such document is registered, or the request sends another one along.
 */
export async function resolveDocument(request: HTTPGraphQLRequest, find: FindDocument): Promise<void> {
  const parameters = readParameters(request);
  if (parameters === undefined) return;
  const { query } = parameters;
  const named = nameDocument(parameters);
  // Apollo refuses a query that is no text.
  if (named === undefined || (query != null && typeof query !== 'string')) return;
  if (query == null || query === '') {
    const text = await findInEitherForm(named.id, find);
    if (text === undefined) throw refuse(ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND, 'PersistedQueryNotFound', named.unknownStatus);
    writeDocument(request, text);
  } else {
    // A client that was told that its document is unknown sends both.
    if (hashText(query) !== stripPrefix(named.id) && query !== (await findInEitherForm(named.id, find)))
      throw refuseBadRequest('The request has a document, and names another one by its id: send one of the two');
    writeDocument(request, query);
  }
}

function nameDocument({ documentId, extensions }: Readonly<Record<string, unknown>>): NamedDocument | undefined {
  const persisted = isRecord(extensions) ? extensions.persistedQuery : undefined;
  if (documentId != null && (typeof documentId !== 'string' || documentId === ''))
    throw refuseBadRequest('Expected `documentId` to be the id of a document, a string');
  if (persisted == null) return documentId == null ? undefined : { id: documentId, unknownStatus: 400 };

  if (!isRecord(persisted) || persisted.version !== 1 || typeof persisted.sha256Hash !== 'string' || persisted.sha256Hash === '')
    throw refuseBadRequest('Expected `extensions.persistedQuery` to be { "version": 1, "sha256Hash": "…" }');
  if (documentId != null && documentId !== persisted.sha256Hash)
    throw refuseBadRequest('`documentId` and `extensions.persistedQuery` name two documents: send one of the two');
  // Apollo's clients look into no answer but one with 200, and then send the text.
  return { id: persisted.sha256Hash, unknownStatus: documentId == null ? 200 : 400 };
}

/** Manifests have a document's hash with or without the name of the algorithm, and clients send it with or without. */
async function findInEitherForm(id: string, find: FindDocument): Promise<string | undefined> {
  const text = await find(id);
  if (text !== undefined || !/^(sha256:)?[0-9a-f]{64}$/.test(id)) return text;
  return find(id.startsWith(PREFIX) ? stripPrefix(id) : `${PREFIX}${id}`);
}

const PREFIX = 'sha256:';

function stripPrefix(id: string): string {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function refuseBadRequest(message: string): GraphQLError {
  return refuse(ApolloServerErrorCode.BAD_REQUEST, message, 400);
}

function refuse(code: ApolloServerErrorCode, message: string, status: number): GraphQLError {
  const extensions: Record<string, unknown> = { code, http: { status, headers: new HeaderMap() } };
  return new GraphQLError(message, { extensions });
}
