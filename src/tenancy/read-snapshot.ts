import type pg from 'pg';
import type { ApiDatabase } from '../database/api-database.ts';
import type { ReadBeginning } from '../database/read-beginnings.ts';
import type { ReadStatement } from '../database/read.ts';

/** One view of the database for statements that read, on a connection of its own. */
export interface ReadSnapshot {
  /** Statements are sent at once and answered in their order. */
  read<Row>(statement: ReadStatement<Row>): Promise<Row[]>;
  /** The stamp of what is seen; undefined until anything was answered. */
  stamp(): number | undefined;
  /** The same, once it is there. */
  readonly begun: Promise<number>;
  /** Ends it after what was asked for, and gives the connection back. Never rejects. */
  end(): Promise<void>;
}

/**
 * Takes a connection and begins a transaction. Nobody waits for that to be answered: what is read first is sent along, and thrown away if it
 * was read without the settings. `structure` tells what the tables' structure is known by.
 */
export function openReadSnapshot(database: ApiDatabase, beginning: ReadBeginning, structure: () => unknown): ReadSnapshot {
  let stamp: number | undefined;
  /** What was asked for before there was a connection. */
  let first: (PromiseWithResolvers<pg.QueryResult> & { readonly config: pg.QueryConfig }) | undefined;
  let isBegun = false;
  const opening = database.readConnections.take().then((connection) => {
    isBegun = true;
    const begun = database.readBeginnings.begin(connection, beginning, first?.config);
    if (first) begun.first!.then(first.resolve, first.reject);
    return { client: connection.client, begun: begun.stamp };
  });
  let broken = false;
  const begun = opening.then(async (opened) => {
    try {
      return (stamp = await opened.begun);
    } catch (error) {
      broken = true;
      throw error;
    }
  });
  // Told by what is read, if anything is.
  begun.catch(() => undefined);
  opening.catch((error: unknown) => first?.reject(error));
  let last: Promise<unknown> = begun;

  const send = (config: pg.QueryConfig): Promise<pg.QueryResult> => {
    if (first || isBegun) return opening.then(({ client }) => client.query(config));
    first = { ...Promise.withResolvers<pg.QueryResult>(), config };
    return first.promise;
  };

  return {
    read: async (statement) => {
      const { sql: text, parameters: values } = statement.compile(database.sql);
      database.statementNames.renew(structure());
      const name = database.statementNames.find(text);
      const reading = Promise.all([send({ ...(name !== undefined && { name }), text, values: [...values] }), begun]);
      last = Promise.allSettled([last, reading]);
      const [{ rows }] = await reading;
      return rows as never[];
    },
    stamp: () => stamp,
    begun,
    end: async () => {
      await last.catch(() => undefined);
      const opened = await opening.catch(() => undefined);
      if (opened) database.readConnections.giveBack(opened.client, { broken });
    },
  };
}
