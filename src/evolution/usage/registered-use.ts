import { setImmediate as breathe } from 'node:timers/promises';
import { Kind, parse } from 'graphql';
import type { DocumentNode, GraphQLSchema, NamedTypeNode, TypeNode } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { createCoordinateCollector } from './collect-coordinates.ts';
import { createInputReach } from './input-reach.ts';
import { readSends } from './registered-sends.ts';
import type { DocumentOwner, RegisteredDocument } from './registered-sends.ts';

/** A document that a client registered, and so may send at any time, uses a coordinate, or may. */
export interface RegisteredUse extends DocumentOwner {
  readonly coordinate: string;
  /**
   * Whether the document does not say so: a value of one of its variables may use the coordinate, and nothing is recorded of what
   * the client sends there.
   */
  readonly byVariable: boolean;
}

/** Documents that are worked on at a time, before others have their turn. */
const AT_ONCE = 50;

/**
 * Which registered documents use these coordinates, by coordinate, client, its version and operation: those that name them, and
 * those that may use them through a variable. Of the latter a client is trusted that was seen since the moment to execute the very
 * document with a value of the coordinate's type: what it sends is recorded then. `schema` has the members of every version.
 */
export async function readRegisteredUse(
  db: Sql,
  schema: GraphQLSchema,
  { coordinates, since }: { readonly coordinates: readonly string[]; readonly since: Date },
): Promise<readonly RegisteredUse[]> {
  const wanted = [...new Set(coordinates)].sort();
  const documents = await readDocuments(db, schema, wanted);
  const sends = await readSends(db, schema, documents, since);
  return wanted.flatMap((coordinate) =>
    documents
      .flatMap((document) => {
        if (document.written.has(coordinate)) return document.owners.map((owner) => ({ coordinate, ...owner, byVariable: false }));
        if (!document.possible.includes(coordinate)) return [];
        return document.owners
          .filter((owner) => !sends(owner, document, coordinate))
          .map((owner) => ({ coordinate, ...owner, byVariable: true }));
      })
      .sort(compareOwners),
  );
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
  const collect = createCoordinateCollector(schema);
  const documents: RegisteredDocument[] = [];
  for (const [index, { body, owners }] of rows.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await breathe();
    const document = parse(body);
    const written = new Set(collect(document, undefined, undefined).explicit);
    const reached = listVariableTypes(document).reduce((found, name) => found.union(reach(schema.getType(name))), new Set<string>());
    const possible = wanted.filter((coordinate) => !written.has(coordinate) && reached.has(coordinate));
    if (possible.length > 0 || wanted.some((coordinate) => written.has(coordinate)))
      documents.push({ owners, document, written, reached, possible });
  }
  return documents;
}

function listVariableTypes({ definitions }: DocumentNode): string[] {
  const variables = definitions.flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? (node.variableDefinitions ?? []) : []));
  return variables.map(({ type }) => findNamedNode(type).name.value);
}

function findNamedNode(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : findNamedNode(type.type);
}

/** The name without which no document can name a member; none for a type, which what it answers implies. */
function findMemberName(coordinate: string): string {
  return /(?:[.@(])(\w+)(?::\))?$/.exec(coordinate)?.[1] ?? '';
}

function compareOwners(left: DocumentOwner, right: DocumentOwner): number {
  const [a, b] = [left, right].map((owner) => [owner.client, owner.clientVersion, owner.operation, owner.documentId].join('\n'));
  return a! < b! ? -1 : 1;
}
