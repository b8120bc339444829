import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { findDocumentAnalyser } from './analyse-document.ts';
import { createInputReach } from './input-reach.ts';
import { readExecutions } from './registered-executions.ts';
import type { DocumentExecutions, DocumentOwner, RegisteredDocument } from './registered-executions.ts';
import { workInTurns } from './work-in-turns.ts';

/** A document that a client registered, and so may send at any time, uses a coordinate, or may. */
export interface RegisteredUse extends DocumentOwner {
  readonly coordinate: string;
  /**
   * Whether the document does not say so: a value of one of its variables may use the coordinate, and nothing is recorded of what
   * the client sends there.
   */
  readonly byVariable: boolean;
  /** Whether the client was recorded to execute it, or what uses the same under its name, and always on the path of a version. */
  readonly pinned: boolean;
}

/** Documents that are worked on at a time, before others have their turn: a few milliseconds where none is known yet. */
const AT_ONCE = 5;

/**
 * Which registered documents use these coordinates, by coordinate, client, its version and operation: those that name them, and
 * those that may use them through a variable. Of the latter a client is trusted that was seen since the moment to execute the
 * document with a value of the coordinate's type: what it sends is recorded then. `schema` has the members of every version.
 */
export async function readRegisteredUse(
  db: Sql,
  schema: GraphQLSchema,
  { coordinates, since }: { readonly coordinates: readonly string[]; readonly since: Date },
): Promise<readonly RegisteredUse[]> {
  const wanted = [...new Set(coordinates)].sort();
  const documents = await readDocuments(db, schema, wanted);
  if (documents.length === 0) return [];
  const findExecutions = await readExecutions(db, schema, documents, since);
  const registrations = await workInTurns(documents, AT_ONCE, (document) =>
    document.owners.map((owner) => describeRegistration(owner, document, findExecutions(owner, document))),
  );
  registrations.sort((left, right) => (left.order < right.order ? -1 : 1));
  return workInTurns(wanted, 1, (coordinate) => registrations.flatMap(({ uses }) => uses.get(coordinate) ?? []));
}

/** A document of an owner: its uses by coordinate, and its place among all. */
interface Registration {
  readonly order: string;
  readonly uses: ReadonlyMap<string, RegisteredUse>;
}

function describeRegistration(
  owner: DocumentOwner,
  { certain, possible }: RegisteredDocument,
  { sends, pinned }: DocumentExecutions,
): Registration {
  const unknown = possible.filter((coordinate) => !sends(coordinate));
  const describe = (byVariable: boolean) => (coordinate: string) => [coordinate, { coordinate, ...owner, byVariable, pinned }] as const;
  return {
    order: [owner.client, owner.clientVersion, owner.operation, owner.documentId].join('\n'),
    uses: new Map([...certain.map(describe(false)), ...unknown.map(describe(true))]),
  };
}

async function readDocuments(db: Sql, schema: GraphQLSchema, wanted: readonly string[]): Promise<RegisteredDocument[]> {
  const reach = createInputReach();
  // No document can use a member without its name, or that of a type which leads to it.
  const types = Object.values(schema.getTypeMap()).filter((type) => wanted.some((coordinate) => reach(type).has(coordinate)));
  const names = [...new Set([...wanted.map(findMemberName), ...types.map(({ name }) => name)])];
  const { rows } = await sql<{ body: string; owners: DocumentOwner[] }>`
    SELECT body, jsonb_agg(jsonb_build_object(
      'client', client, 'clientVersion', client_version, 'operation', operation, 'documentId', document_id)) AS owners
    FROM client_document WHERE EXISTS (SELECT FROM unnest(${names}::text[]) AS name WHERE strpos(body, name) > 0)
    GROUP BY body`.execute(db);
  const analyse = findDocumentAnalyser(schema);
  return workInTurns(rows, AT_ONCE, ({ body, owners }) => {
    const analysis = analyse(body);
    const { written } = analysis;
    const reached = analysis.variableTypes.reduce((found, name) => found.union(reach(schema.getType(name))), new Set<string>());
    const certain = wanted.filter((coordinate) => written.has(coordinate));
    const possible = wanted.filter((coordinate) => !written.has(coordinate) && reached.has(coordinate));
    return certain.length > 0 || possible.length > 0 ? [{ owners, analysis, reached, certain, possible }] : [];
  });
}

/** The name without which no document can name a member; none for a type, which what it answers implies. */
function findMemberName(coordinate: string): string {
  return /(?:[.@(])(\w+)(?::\))?$/.exec(coordinate)?.[1] ?? '';
}
