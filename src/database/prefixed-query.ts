import pg from 'pg';

/** A statement that the connection has prepared already. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly string[];
}

/** What of `pg` is used here and is not typed there: the methods by which a client has its queries written, and tells them what is answered. */
interface WireConnection {
  readonly stream: object;
  _send(message: Buffer): unknown;
  bind(config: { readonly portal: string; readonly statement: string; readonly values: readonly string[] }): void;
  execute(config: { readonly portal: string }): void;
  describe(config: { readonly type: string; readonly name: string }): void;
}
interface RowDescription {
  readonly fields: readonly object[];
}
interface WireQuery {
  readonly name: string | undefined;
  submit(connection: WireConnection): Error | null;
  prepare(connection: WireConnection): void;
  handleRowDescription(description: RowDescription): void;
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
}
type QueryCallback = (error: Error | null, result: pg.QueryResult) => void;
const Query = pg.Query as unknown as new (config: pg.QueryConfig, values: undefined, callback: QueryCallback) => WireQuery;

/** Statements that the connection has prepared, as the bytes that have them carried out. */
export interface Prefix {
  readonly statements: readonly PreparedStatement[];
  readonly bytes: Buffer;
}

/** What a connection answers of a statement that it has prepared does not change: it is asked for once. */
const descriptions = new WeakMap<WireConnection, Map<string, RowDescription>>();

/** What is written to a connection meanwhile, instead of to its server. */
function gather(connection: WireConnection, write: (gathering: WireConnection) => void, rest: PropertyDescriptorMap = {}): Buffer {
  const messages: Buffer[] = [];
  write(
    Object.create(connection, {
      stream: { value: {} },
      _send: { value: (message: Buffer) => messages.push(message) },
      ...rest,
    }) as WireConnection,
  );
  return Buffer.concat(messages);
}

/** Makes the bytes of statements, for any connection that has prepared them under these names. */
export function makePrefix(client: pg.ClientBase, statements: readonly PreparedStatement[]): Prefix {
  const { connection } = client as unknown as { readonly connection: WireConnection };
  const bytes = gather(connection, (gathering) => {
    for (const { name, values } of statements) {
      gathering.bind({ portal: '', statement: name, values });
      gathering.execute({ portal: '' });
    }
  });
  return { statements, bytes };
}

/**
 * A query that is sent together with prepared statements that come before it, as one message that the server answers once: where one of them
 * fails, what comes after is not carried out.
 */
class PrefixedQuery extends Query {
  readonly prefix: Prefix;
  readonly #onPrefix: (lastRow: readonly (string | null)[]) => void;
  #left: number;
  #lastRow: readonly (string | null)[] = [];
  #connection: WireConnection | undefined;

  constructor(prefix: Prefix, onPrefix: (lastRow: readonly (string | null)[]) => void, config: pg.QueryConfig, callback: QueryCallback) {
    super(config, undefined, callback);
    this.prefix = prefix;
    this.#onPrefix = onPrefix;
    this.#left = prefix.statements.length;
  }

  /** Writes all of its messages as one buffer: that takes half the time of a write that gathers them. */
  override submit(connection: WireConnection): Error | null {
    this.#connection = connection;
    const known = this.name === undefined ? undefined : descriptions.get(connection)?.get(this.name);
    let error: Error | null = null;
    const message = gather(connection, (gathering) => (error = super.submit(gathering)), known && { describe: { value: ignore } });
    if (known) super.handleRowDescription(known);
    if (message.length > 0) connection._send(message);
    return error;
  }

  override prepare(connection: WireConnection): void {
    connection._send(this.prefix.bytes);
    super.prepare(connection);
  }

  override handleRowDescription(description: RowDescription): void {
    if (this.name !== undefined && this.#connection !== undefined) {
      const known = descriptions.get(this.#connection) ?? new Map<string, RowDescription>();
      descriptions.set(this.#connection, known.set(this.name, description));
    }
    super.handleRowDescription(description);
  }

  override handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    if (this.#left > 0) this.#lastRow = message.fields;
    else super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.#left === 0) {
      super.handleCommandComplete(message, connection);
      return;
    }
    this.#left -= 1;
    if (this.#left === 0) this.#onPrefix(this.#lastRow);
  }
}

/** What a query answered, and what went before it: the last row of its prefix, as the text of each column. */
export interface PrefixedAnswer {
  readonly prefix: Promise<readonly (string | null)[]>;
  readonly result: Promise<pg.QueryResult>;
}

/** Sends a query with what has to be carried out before it. Both promises reject where the prefix fails; whoever asks has to look at both. */
export function queryWithPrefix(client: pg.ClientBase, prefix: Prefix, config: pg.QueryConfig): PrefixedAnswer {
  const { promise: answered, resolve, reject } = Promise.withResolvers<readonly (string | null)[]>();
  const result = new Promise<pg.QueryResult>((fulfil, fail) => {
    const callback: QueryCallback = (error, found) => {
      if (error === null) {
        fulfil(found);
        return;
      }
      // Of no consequence once the prefix was answered.
      reject(error);
      fail(error);
    };
    // Sent as a prepared statement also where it has no values.
    client.query(
      new PrefixedQuery(prefix, resolve, { ...config, queryMode: 'extended' } as pg.QueryConfig, callback) as unknown as pg.Submittable,
    );
  });
  return { prefix: answered, result };
}

function ignore(): void {}
