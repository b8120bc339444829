import { UsageError } from '../../errors.ts';

/** A document of a manifest, as it is in the file. */
export interface ManifestDocument {
  /** The id that the client sends instead of the text. */
  readonly documentId: string;
  readonly body: string;
}

const APOLLO_FORMAT = 'apollo-persisted-query-manifest';
const DOCUMENT_ID = /^[!-~]{1,200}$/;
const SHAPES = `Expected a JSON object of documents by id, as graphql-codegen's client preset writes it, or {"format": "${APOLLO_FORMAT}", "version": 1, "operations": […]}`;

/**
 * Reads the documents of a manifest, in either of two formats: `{ "<id>": "<text>" }` of graphql-codegen's client preset, and
 * Apollo's persisted query manifest.
 * @throws UsageError that names what is wrong, and the document where it is one.
 */
export function parseManifest(text: string): readonly ManifestDocument[] {
  const json = text.replace(/^\uFEFF/, '');
  const manifest = parseJson(json);
  if (!isRecord(manifest)) throw new UsageError(`${SHAPES}, but got ${describe(manifest)}`);
  const documents = 'format' in manifest || 'operations' in manifest ? readOperations(manifest) : readTexts(manifest, json);
  if (documents.length === 0) throw new UsageError('The manifest is empty: expected at least one document');
  const ids = new Set<string>();
  for (const { documentId } of documents) {
    if (!DOCUMENT_ID.test(documentId))
      throw new UsageError(
        `Expected a document's id to be 1 to 200 visible ASCII characters, but got ${JSON.stringify(documentId.slice(0, 250))}`,
      );
    if (ids.has(documentId)) throw new UsageError(`The document "${documentId}" is there twice`);
    ids.add(documentId);
  }
  return documents;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The manifest is not JSON: ${(error as SyntaxError).message}`, { cause: error });
  }
}

function readOperations({ format, version, operations }: Readonly<Record<string, unknown>>): ManifestDocument[] {
  if (format !== APOLLO_FORMAT)
    throw new UsageError(`Expected the manifest's format to be "${APOLLO_FORMAT}", but got ${describe(format)}`);
  if (version !== 1) throw new UsageError(`Expected version 1 of the format "${APOLLO_FORMAT}", but got ${describe(version)}`);
  if (!Array.isArray(operations)) throw new UsageError(`Expected the manifest's operations to be a list, but got ${describe(operations)}`);
  return operations.map((operation: unknown, index) => {
    if (!isRecord(operation) || typeof operation.id !== 'string')
      throw new UsageError(`Expected operation ${index + 1} of the manifest to have an id, but got ${describe(operation)}`);
    return { documentId: operation.id, body: readText(operation.id, operation.body) };
  });
}

function readTexts(manifest: Readonly<Record<string, unknown>>, json: string): ManifestDocument[] {
  const documents = Object.entries(manifest).map(([documentId, text]) => ({ documentId, body: readText(documentId, text) }));
  // Of two members with one name, the parser keeps the last. All members are strings: name, text, name, text, …
  const names = Array.from(json.matchAll(/"(?:[^"\\]|\\.)*"/g), ([literal]) => literal).filter((_, index) => index % 2 === 0);
  if (names.length > documents.length) {
    const ids = names.map((name) => JSON.parse(name) as string);
    throw new UsageError(`The document "${ids.find((id, index) => ids.indexOf(id) < index)}" is there twice`);
  }
  return documents;
}

function readText(documentId: string, text: unknown): string {
  if (typeof text === 'string' && text.includes('\0'))
    throw new UsageError(`The document ${JSON.stringify(documentId)} has a NUL character, which cannot be stored`);
  if (typeof text === 'string' && text.trim() !== '') return text;
  throw new UsageError(`Expected the text of the document ${JSON.stringify(documentId)}, but got ${describe(text)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
