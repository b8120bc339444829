import { Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { ObjectClass } from '../derive/graphql-type.ts';

@ObjectType({ description: 'Where a page lies in its list (Relay cursor connections specification).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are records after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there are records before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first record of the page; null if it is empty.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last record of the page; null if it is empty.' })
  endCursor!: string | null;
}

/** What was read of a list. */
export interface Page<Node> extends Pick<PageInfo, 'hasNextPage' | 'hasPreviousPage'> {
  readonly nodes: readonly Node[];
  /** Of the node at an index of the page. */
  cursorAt(index: number): string;
}

/** A page as the Relay connection specification has it, and how to count the list it is of: made and counted only when a client asks. */
export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: Readonly<PageInfo>;
  count(): Promise<number>;
}

/** Makes of a page what a resolver answers. */
export function connect<Node>(page: Page<Node>, count: () => Promise<number>): Connection<Node> {
  const { nodes, hasNextPage, hasPreviousPage } = page;
  return {
    nodes,
    count,
    get edges() {
      return nodes.map((node, index) => ({
        node,
        get cursor() {
          return page.cursorAt(index);
        },
      }));
    },
    get pageInfo() {
      const isEmpty = nodes.length === 0;
      return {
        hasNextPage,
        hasPreviousPage,
        startCursor: isEmpty ? null : page.cursorAt(0),
        endCursor: isEmpty ? null : page.cursorAt(nodes.length - 1),
      };
    },
  };
}

/** What the descriptions of a connection say. */
interface ConnectionWords {
  /** What a node is called. */
  readonly one: string;
  readonly cursor: string;
  readonly count: string;
}

const RECORDS: ConnectionWords = {
  one: 'record',
  cursor: 'what `after` and `before` take',
  count: 'How many records the filter selects in all.',
};

/** Declares `LeadConnection` and `LeadEdge`, and the resolver that counts. */
export function createConnectionType(
  name: string,
  node: ObjectClass,
  { one, cursor, count }: ConnectionWords = RECORDS,
): { connection: ObjectClass; resolver: ObjectClass } {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a page.` })
  class Edge {
    @Field(() => String, { description: `Where the ${one} stands in the list: ${cursor}.` })
    cursor!: string;

    @Field(() => node, { description: `The ${one}.` })
    node!: unknown;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${one}s of type ${name}.` })
  class ConnectionType {
    @Field(() => [Edge], { description: `The ${one}s of the page, with their cursors.` })
    edges!: Edge[];

    @Field(() => [node], { description: `The ${one}s of the page.` })
    nodes!: unknown[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;
  }

  @Resolver(() => ConnectionType)
  class ConnectionResolver {
    @FieldResolver(() => Int, {
      description: `${count} Counting takes time: ask only where you show it.`,
    })
    totalCount(@Root() connection: Connection<unknown>): Promise<number> {
      return connection.count();
    }
  }
  return { connection: ConnectionType, resolver: ConnectionResolver };
}
