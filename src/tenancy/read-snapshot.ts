import type { RawBuilder } from 'kysely';
import type { ApiDatabase } from '../database/api-database.ts';
import { quoteLiteral } from '../database/identifier.ts';

/** One view of the database for statements that read, on a connection of its own. */
export interface ReadSnapshot {
  /** Statements are sent at once and answered in their order. */
  read<Row>(statement: RawBuilder<Row>): Promise<Row[]>;
  /** The stamp of what is seen; undefined until anything was answered. */
  stamp(): number | undefined;
  /** The same, once it is there. */
  readonly begun: Promise<number>;
  /** Ends it after what was asked for, and gives the connection back. Never rejects. */
  end(): Promise<void>;
}

/**
 * Takes a connection and begins a transaction with these settings. Nobody waits for that to be answered: what is read is sent along, and
 * thrown away if it was read without them. `stampStatement` is SQL text that answers a number as `stamp`; it is carried out with the
 * settings, in the same message. `structure` tells what the tables' structure is known by.
 */
export function openReadSnapshot(
  database: ApiDatabase,
  settings: Readonly<Record<string, string | number>>,
  stampStatement: string,
  structure: () => unknown,
): ReadSnapshot {
  let stamp: number | undefined;
  const opening = begin(database, settings, stampStatement);
  const begun = opening.then(async ({ beginning }) => (stamp = await beginning));
  // Told by what is read, if anything is.
  begun.catch(() => undefined);
  let last: Promise<unknown> = begun;
  return {
    read: (statement) => {
      const reading = opening.then(async ({ client }) => {
        const { sql: text, parameters: values } = statement.compile(database.sql);
        const name = database.statementNames.find(text, structure());
        const [{ rows }] = await Promise.all([client.query({ ...(name !== undefined && { name }), text, values: [...values] }), begun]);
        return rows as never[];
      });
      last = Promise.allSettled([last, reading]);
      return reading;
    },
    stamp: () => stamp,
    begun,
    end: async () => {
      await last.catch(() => undefined);
      const opened = await opening.catch(() => undefined);
      if (opened === undefined) return;
      database.endLater(opened.client);
    },
  };
}

async function begin({ pool }: ApiDatabase, settings: Readonly<Record<string, string | number>>, stampStatement: string) {
  const client = await pool.connect();
  const set = Object.entries(settings).map(([name, value]) => `set_config(${quoteLiteral(name)}, ${quoteLiteral(String(value))}, true)`);
  // One message, so that no statement of it is carried out where one before it failed.
  const text = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT ${set.join(', ')}; ${stampStatement}`;
  const beginning = client.query(text).then(readStamp);
  beginning.catch(() => undefined);
  return { client, beginning };
}

/** A message of several statements is answered by several results: the stamp is the last. */
function readStamp(results: unknown): number {
  return (results as { rows: { stamp: number }[] }[]).at(-1)!.rows[0]!.stamp;
}
