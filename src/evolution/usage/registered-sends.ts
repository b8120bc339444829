import { validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { servedVersions } from '../versions/api-versions.ts';
import { filterSchema } from '../versions/filter-schema.ts';
import { createCoordinateCollector } from './collect-coordinates.ts';
import { listInputSiblings } from './input-reach.ts';

export interface DocumentOwner {
  readonly client: string;
  readonly clientVersion: string;
  readonly operation: string;
  readonly documentId: string;
}

/** A text, who registered it, and which of the coordinates it uses. */
export interface RegisteredDocument {
  readonly owners: readonly DocumentOwner[];
  readonly document: DocumentNode;
  /** All that it uses by itself. */
  readonly written: ReadonlySet<string>;
  /** All that values of its variables may use. */
  readonly reached: ReadonlySet<string>;
  /** Of the coordinates that are asked for, what values of its variables may use beyond what it says. */
  readonly possible: readonly string[];
}

/** What a client was recorded to use at once. */
interface RecordedShape extends Omit<DocumentOwner, 'documentId'> {
  readonly version: string;
  readonly coordinates: ReadonlySet<string>;
}

/**
 * Answers whether it is recorded what a client sends in the variables of a document: that it executed the operation, with a member
 * of the coordinate's type which the document itself does not name. Names are what anybody can send: of what was recorded under
 * them that counts which holds all that the document says in that version, and nothing that no value of its variables brings in.
 * A name that two documents of a client have tells nothing. `schema` has the members of every version.
 */
export async function readSends(
  db: Sql,
  schema: GraphQLSchema,
  documents: readonly RegisteredDocument[],
  since: Date,
): Promise<(owner: DocumentOwner, document: RegisteredDocument, coordinate: string) => boolean> {
  const uncertain = documents.filter(({ possible }) => possible.length > 0);
  if (uncertain.length === 0) return () => false;
  const shapes = await readShapes(db, schema, uncertain, since);
  const ambiguous = await readAmbiguous(db);
  const findWritten = createWrittenFinder(schema);
  return (owner, document, coordinate) => {
    const name = nameOperation(owner);
    if (owner.operation === '' || ambiguous.has(name)) return false;
    const members = listInputSiblings(schema, coordinate);
    return (shapes.get(name) ?? []).some(({ version, coordinates }) => {
      const written = findWritten(document.document, version);
      return (
        written !== undefined &&
        members.some((member) => coordinates.has(member) && !written.has(member)) &&
        written.isSubsetOf(coordinates) &&
        // A type is there with any member of it.
        [...coordinates].every((each) => written.has(each) || document.reached.has(each) || !each.includes('.'))
      );
    });
  };
}

/** By the name of the operation, and of the client with and without its version: a manifest without one is that of all versions. */
async function readShapes(
  db: Sql,
  schema: GraphQLSchema,
  documents: readonly RegisteredDocument[],
  since: Date,
): Promise<ReadonlyMap<string, readonly RecordedShape[]>> {
  const possible = documents.flatMap((document) => document.possible);
  const members = [...new Set(possible.flatMap((coordinate) => listInputSiblings(schema, coordinate)))];
  const owners = documents.flatMap((document) => document.owners);
  const { rows } = await sql<Omit<RecordedShape, 'coordinates'> & { coordinates: readonly string[] }>`
    SELECT client, client_version AS "clientVersion", operation, version, coordinates
    FROM usage_shape AS shape CROSS JOIN LATERAL (
      SELECT DISTINCT client, client_version FROM usage_hour
      WHERE shape_id = shape.id AND client = ANY (${[...new Set(owners.map(({ client }) => client))]}::text[])
        AND hour > ${since}::timestamptz - interval '1 hour' AND last_seen >= ${since}
    ) AS used
    WHERE coordinates && ${members}::text[] AND operation = ANY (${[...new Set(owners.map(({ operation }) => operation))]}::text[])`.execute(
    db,
  );
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

async function readAmbiguous(db: Sql): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    SELECT concat_ws(chr(10), client, client_version, operation) AS name FROM client_document
    WHERE operation <> '' GROUP BY client, client_version, operation HAVING count(DISTINCT body) > 1`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/** Finds what a document says by itself in a version; undefined where it is not valid there, or nobody serves it. */
function createWrittenFinder(schema: GraphQLSchema): (document: DocumentNode, version: string) => ReadonlySet<string> | undefined {
  const views = new Map<string, { view: GraphQLSchema; collect: ReturnType<typeof createCoordinateCollector> }>();
  const found = new Map<DocumentNode, Map<string, ReadonlySet<string> | undefined>>();

  const findView = (name: string) => {
    const version = servedVersions.find((each) => each.name === name);
    if (version === undefined || views.has(name)) return views.get(name);
    const view = filterSchema(schema, version);
    const made = { view, collect: createCoordinateCollector(view) };
    views.set(name, made);
    return made;
  };
  return (document, version) => {
    const known = found.get(document) ?? new Map<string, ReadonlySet<string> | undefined>();
    found.set(document, known);
    if (!known.has(version)) {
      const made = findView(version);
      const isValid = made !== undefined && validate(made.view, document).length === 0;
      known.set(version, isValid ? new Set(made.collect(document, undefined, undefined).explicit) : undefined);
    }
    return known.get(version);
  };
}

function nameOperation({ client, clientVersion, operation }: Omit<DocumentOwner, 'documentId'>): string {
  return `${client}\n${clientVersion}\n${operation}`;
}
