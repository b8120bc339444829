import { GraphQLError, Kind, parse, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { UsageError } from '../../errors.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { checkClientName, checkClientVersion } from './api-clients.ts';
import { parseManifest } from './parse-manifest.ts';
import type { ManifestDocument } from './parse-manifest.ts';

/** Whose manifest it is. */
export interface ManifestOwner {
  readonly client: string;
  /** `''` for a client that names no version. */
  readonly clientVersion: string;
}

interface CheckedDocument extends ManifestDocument {
  readonly operation: string;
}

/** Problems that an error tells of. */
const MOST_PROBLEMS = 10;
const MOST_LETTERS = 200;

/**
 * Registers the documents that a version of a client may send, in place of those it registered before; all of them or none.
 * Answers how many there are. `schemas` are those of the versions that are served.
 * @throws UsageError naming the documents that cannot be registered, and why.
 */
export async function registerManifest(
  db: Sql,
  { client, clientVersion, text }: ManifestOwner & { readonly text: string },
  schemas: ReadonlyMap<ApiVersion, GraphQLSchema>,
): Promise<{ readonly documents: number }> {
  const owner = { client: checkClientName(client), clientVersion: checkClientVersion(clientVersion) };
  const documents = checkDocuments(parseManifest(text), schemas);
  await db.transaction().execute(async (transaction) => {
    // One registers at a time: what another one registers for the same version meanwhile is there to be replaced.
    await sql`LOCK TABLE client_document IN SHARE ROW EXCLUSIVE MODE`.execute(transaction);
    await deleteDocuments(transaction, owner);
    await insertDocuments(transaction, owner, documents);
  });
  return { documents: documents.length };
}

/** Takes back what a version of a client registered. Answers how many documents it had. */
export async function unregisterManifest(db: Sql, { client, clientVersion }: ManifestOwner): Promise<{ readonly documents: number }> {
  return deleteDocuments(db, { client: checkClientName(client), clientVersion: checkClientVersion(clientVersion) });
}

function checkDocuments(documents: readonly ManifestDocument[], schemas: ReadonlyMap<ApiVersion, GraphQLSchema>): CheckedDocument[] {
  const problems: string[] = [];
  const checked = documents.map((document) => {
    const result = checkDocument(document, schemas);
    if (typeof result === 'string') problems.push(`The document "${document.documentId}" ${result}`);
    return { ...document, operation: typeof result === 'string' ? '' : result.operation };
  });
  if (problems.length > MOST_PROBLEMS) problems.splice(MOST_PROBLEMS, Infinity, `… and ${problems.length - MOST_PROBLEMS} more`);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return checked;
}

/** The name of a document's operation, or what is wrong with it. */
function checkDocument({ body }: ManifestDocument, schemas: ReadonlyMap<ApiVersion, GraphQLSchema>): { operation: string } | string {
  try {
    const document = parse(body);
    const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
    const operation = operations[0];
    if (operations.length !== 1 || operation === undefined) return `has ${operations.length} operations; expected one`;
    const refusals = [...schemas].map(([version, schema]) => ({ version, error: validate(schema, document)[0] }));
    if (refusals.some(({ error }) => error === undefined)) return { operation: operation.name?.value.slice(0, MOST_LETTERS) ?? '' };
    const reasons = refusals.map(({ version, error }) => `${version.name}: ${describeError(error!)}`);
    return `is valid in no version that is served: ${reasons.join(' ')}`;
  } catch (error) {
    if (error instanceof GraphQLError) return `cannot be parsed: ${describeError(error)}`;
    if (error instanceof RangeError) return 'is nested too deeply';
    throw error;
  }
}

function describeError({ message, locations }: GraphQLError): string {
  const place = locations?.[0];
  return place === undefined ? message : `${message} (line ${place.line}, column ${place.column})`;
}

async function deleteDocuments(db: Sql, { client, clientVersion }: ManifestOwner): Promise<{ documents: number }> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM client_document WHERE client = ${client} AND client_version = ${clientVersion}`.execute(db);
  return { documents: Number(numAffectedRows) };
}

async function insertDocuments(db: Sql, { client, clientVersion }: ManifestOwner, documents: readonly CheckedDocument[]): Promise<void> {
  await sql`
    INSERT INTO client_document (client, client_version, document_id, operation, body)
    SELECT ${client}, ${clientVersion}, * FROM unnest(
      ${documents.map(({ documentId }) => documentId)}::text[],
      ${documents.map(({ operation }) => operation)}::text[],
      ${documents.map(({ body }) => body)}::text[]
    )`.execute(db);
}
