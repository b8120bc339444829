import { createHash } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import type { HTTPGraphQLRequest } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError } from 'graphql';
import type { DocumentFinder, DocumentLookup } from '../../evolution/usage/persisted-documents.ts';
import { readClient } from '../client.ts';
import { isRecord, readParameters, writeDocument } from './request-parameters.ts';

interface NamedDocument {
  readonly id: string;
  /** Whether it is named the way of Apollo's automatic persisted queries. */
  readonly isAutomatic: boolean;
}

/**
 * Puts the text of a registered document into a request that names it: by `documentId` (GraphQL over HTTP, appendix "Persisted
 * Documents") or by `extensions.persistedQuery` (Apollo). From then on it is a request like any other.
 * @throws GraphQLError when no such document is registered, it is not clear which one is meant, or the request sends another one along.
 */
export async function resolveDocument(request: HTTPGraphQLRequest, find: DocumentFinder): Promise<void> {
  const parameters = readParameters(request);
  if (parameters === undefined) return;
  const { query } = parameters;
  const named = nameDocument(parameters);
  // Apollo refuses a query that is no text.
  if (named === undefined || (query != null && typeof query !== 'string')) return;
  const look = () =>
    find(
      named.id,
      readClient((header) => request.headers.get(header)),
    );
  if (query == null || query === '') {
    const found = await look();
    if (found.kind !== 'found') throw refuseLookup(found, named);
    writeDocument(request, found.body);
  } else {
    // A client that was told that its document is unknown sends both.
    if (hashText(query) !== stripPrefix(named.id)) {
      const found = await look();
      if (found.kind !== 'found' || found.body !== query)
        throw refuseBadRequest('The request has a document, and names another one by its id: send one of the two');
    }
    writeDocument(request, query);
  }
}

function refuseLookup(found: Exclude<DocumentLookup, { kind: 'found' }>, { id, isAutomatic }: NamedDocument): GraphQLError {
  if (found.kind === 'ambiguous')
    return refuseBadRequest(
      `Several documents have the id ${JSON.stringify(id)}: say whose is meant by the headers apollographql-client-name and apollographql-client-version`,
    );
  if (!isAutomatic) return refuse(ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND, 'PersistedQueryNotFound', 400);
  // Apollo's clients look into no answer but one with 200. Told that a document is not found, they send each one twice: by its hash
  // first. Told that it is not supported, they send texts from then on, and would not send the hash of what is registered.
  return found.registersHashes
    ? refuse(ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND, 'PersistedQueryNotFound', 200)
    : refuse(ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, 'PersistedQueryNotSupported', 200);
}

function nameDocument({ documentId, extensions }: Readonly<Record<string, unknown>>): NamedDocument | undefined {
  const persisted = isRecord(extensions) ? extensions.persistedQuery : undefined;
  if (documentId != null && (typeof documentId !== 'string' || documentId === ''))
    throw refuseBadRequest('Expected `documentId` to be the id of a document, a string');
  if (persisted == null) return documentId == null ? undefined : { id: documentId, isAutomatic: false };

  if (!isRecord(persisted) || persisted.version !== 1 || typeof persisted.sha256Hash !== 'string' || persisted.sha256Hash === '')
    throw refuseBadRequest('Expected `extensions.persistedQuery` to be { "version": 1, "sha256Hash": "…" }');
  if (documentId != null && documentId !== persisted.sha256Hash)
    throw refuseBadRequest('`documentId` and `extensions.persistedQuery` name two documents: send one of the two');
  return { id: persisted.sha256Hash, isAutomatic: documentId == null };
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
  // As Apollo has it: what is answered with 200 could be taken for what is there to be kept.
  const headers = new HeaderMap(status === 200 ? [['cache-control', 'private, no-cache, must-revalidate']] : []);
  const extensions: Record<string, unknown> = { code, http: { status, headers } };
  return new GraphQLError(message, { extensions });
}
