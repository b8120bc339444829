import { Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { ObjectClass } from '../../choice/derive/graphql-type.ts';
import type { Page } from './record-page.ts';

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

/** A page, and how to count the list it is of: counted only when a client asks. */
export interface Connection extends Page {
  count(): Promise<number>;
}

/** Declares `LeadConnection` and `LeadEdge`, and the resolver that counts. */
export function createConnectionType(name: string, node: ObjectClass): { connection: ObjectClass; resolver: ObjectClass } {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a page.` })
  class Edge {
    @Field(() => String, { description: 'Where the record stands in the list: what `after` and `before` take.' })
    cursor!: string;

    @Field(() => node, { description: 'The record.' })
    node!: unknown;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of records of type ${name}.` })
  class ConnectionType {
    @Field(() => [Edge], { description: 'The records of the page, with their cursors.' })
    edges!: Edge[];

    @Field(() => [node], { description: 'The records of the page.' })
    nodes!: unknown[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;
  }

  @Resolver(() => ConnectionType)
  class ConnectionResolver {
    @FieldResolver(() => Int, {
      description: 'How many records the filter selects in all. Counting takes time: ask only where you show it.',
    })
    totalCount(@Root() connection: Connection): Promise<number> {
      return connection.count();
    }
  }
  return { connection: ConnectionType, resolver: ConnectionResolver };
}
