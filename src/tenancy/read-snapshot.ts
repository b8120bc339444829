import type { RawBuilder } from 'kysely';
import type { ApiDatabase } from '../database/api-database.ts';
import { quoteLiteral } from '../database/identifier.ts';

/** One view of the database for statements that read, on a connection of its own. */
export interface ReadSnapshot {
  /** Statements are sent at once and answered in their order. */
  read<Row>(statement: RawBuilder<Row>): Promise<Row[]>;
  /** Ends it, after what was asked for, and gives the connection back. Never rejects. */
  end(): Promise<void>;
}

/**
 * Takes a connection and begins a transaction with these settings. Nobody waits for that to be answered: what is read is sent along, and
 * thrown away if it was read without them.
 */
export function openReadSnapshot(database: ApiDatabase, settings: Readonly<Record<string, string | number>>): ReadSnapshot {
  const opening = begin(database, settings);
  // Told by what is read, if anything is.
  opening.catch(() => undefined);
  let last: Promise<unknown> = opening;
  return {
    read: (statement) => {
      const reading = opening.then(async ({ client, begun }) => {
        const { sql: text, parameters: values } = statement.compile(database.sql);
        const [{ rows }] = await Promise.all([client.query({ text, values: [...values] }), begun]);
        return rows as never[];
      });
      last = Promise.allSettled([last, reading]);
      return reading;
    },
    end: async () => {
      await last.catch(() => undefined);
      const opened = await opening.catch(() => undefined);
      if (opened === undefined) return;
      const { client } = opened;
      await client.query('ROLLBACK').then(
        () => client.release(),
        (error: Error) => client.release(error),
      );
    },
  };
}

async function begin({ pool }: ApiDatabase, settings: Readonly<Record<string, string | number>>) {
  const client = await pool.connect();
  const set = Object.entries(settings).map(([name, value]) => `set_config(${quoteLiteral(name)}, ${quoteLiteral(String(value))}, true)`);
  // One message, so that no statement of it is carried out where one before it failed.
  const begun = client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT ${set.join(', ')}`);
  begun.catch(() => undefined);
  return { client, begun };
}
