import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { DocumentAnalysis } from './analyse-document.ts';
import { listInputSiblings } from './input-reach.ts';

export interface DocumentOwner {
  readonly client: string;
  readonly clientVersion: string;
  readonly operation: string;
  readonly documentId: string;
}

/** A text, who registered it, and what it has to do with the coordinates that are asked for. */
export interface RegisteredDocument {
  readonly owners: readonly DocumentOwner[];
  readonly analysis: DocumentAnalysis;
  /** All that values of its variables may use. */
  readonly reached: ReadonlySet<string>;
  /** Of the coordinates that are asked for, what it uses by itself. */
  readonly certain: readonly string[];
  /** Of them, what values of its variables may use beyond that. */
  readonly possible: readonly string[];
}

/** What is recorded of an owner's executions of a document that it registered, or of one that uses the same: no texts are recorded. */
export interface DocumentExecutions {
  /**
   * Whether it is known what the owner sends in the document's variables: that it executed the document with a member of the
   * coordinate's type which the document itself, defaults of its variables included, does not name.
   */
  sends(coordinate: string): boolean;
  /** Whether there are any, and all on the path of a version. */
  readonly pinned: boolean;
}

/** What a client was recorded to use at once. */
interface RecordedShape extends Omit<DocumentOwner, 'documentId'> {
  readonly version: string;
  readonly pinned: boolean;
  readonly coordinates: ReadonlySet<string>;
}

/**
 * Reads what was recorded since a moment. Names are what anybody can send: of what was recorded under them that counts which holds
 * all that the document says in that version, and nothing that no value of its variables brings in. A name that two documents of a
 * client have tells nothing. `schema` has the members of every version.
 */
export async function readExecutions(
  db: Sql,
  schema: GraphQLSchema,
  documents: readonly RegisteredDocument[],
  since: Date,
): Promise<(owner: DocumentOwner, document: RegisteredDocument) => DocumentExecutions> {
  const shapes = await readShapes(db, schema, documents, since);
  const ambiguous = await readAmbiguous(db);
  return (owner, document) => {
    const name = nameOperation(owner);
    const isKnown = owner.operation !== '' && !ambiguous.has(name);
    const executed = isKnown ? (shapes.get(name) ?? []).filter((shape) => isExecutionOf(document, shape)) : [];
    return {
      sends: (coordinate) => {
        const members = listInputSiblings(schema, coordinate);
        return executed.some(({ version, coordinates }) => {
          const written = document.analysis.inVersion(version)!;
          return members.some((member) => coordinates.has(member) && !written.has(member));
        });
      },
      pinned: executed.length > 0 && executed.every(({ pinned }) => pinned),
    };
  };
}

function isExecutionOf({ analysis, reached }: RegisteredDocument, { version, coordinates }: RecordedShape): boolean {
  const written = analysis.inVersion(version);
  return (
    written !== undefined &&
    written.isSubsetOf(coordinates) &&
    // A type is there with any member of it.
    [...coordinates].every((each) => written.has(each) || reached.has(each) || !each.includes('.'))
  );
}

/** By the name of the operation, and of the client with and without its version: a manifest without one is that of all versions. */
async function readShapes(
  db: Sql,
  schema: GraphQLSchema,
  documents: readonly RegisteredDocument[],
  since: Date,
): Promise<ReadonlyMap<string, readonly RecordedShape[]>> {
  const used = documents.flatMap(({ certain, possible }) => [
    ...certain,
    ...possible.flatMap((coordinate) => listInputSiblings(schema, coordinate)),
  ]);
  const owners = documents.flatMap((document) => document.owners);
  const { rows } = await sql<Omit<RecordedShape, 'coordinates'> & { coordinates: readonly string[] }>`
    SELECT client, client_version AS "clientVersion", operation, version, pinned, coordinates
    FROM usage_shape AS shape CROSS JOIN LATERAL (
      SELECT DISTINCT client, client_version FROM usage_hour
      WHERE shape_id = shape.id AND client = ANY (${[...new Set(owners.map(({ client }) => client))]}::text[])
        AND hour > ${since}::timestamptz - interval '1 hour' AND last_seen >= ${since}
    ) AS used
    WHERE coordinates && ${[...new Set(used)]}::text[]
      AND operation = ANY (${[...new Set(owners.map(({ operation }) => operation))]}::text[])`.execute(db);
  const shapes = new Map<string, RecordedShape[]>();
  for (const row of rows) {
    const shape = { ...row, coordinates: new Set(row.coordinates) };
    for (const clientVersion of new Set([row.clientVersion, ''])) {
      const name = nameOperation({ ...row, clientVersion });
      const known = shapes.get(name);
      if (known === undefined) shapes.set(name, [shape]);
      else known.push(shape);
    }
  }
  return shapes;
}

/** Names under which a client may send several texts: a manifest without a version is that of all versions. */
async function readAmbiguous(db: Sql): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT concat_ws(chr(10), one.client, one.client_version, one.operation) AS name
    FROM client_document AS one JOIN client_document AS other USING (client, operation)
    WHERE operation <> '' AND one.body <> other.body
      AND (one.client_version = other.client_version OR '' IN (one.client_version, other.client_version))`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

function nameOperation({ client, clientVersion, operation }: Omit<DocumentOwner, 'documentId'>): string {
  return `${client}\n${clientVersion}\n${operation}`;
}
