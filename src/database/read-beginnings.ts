import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { quoteLiteral } from './identifier.ts';
import { makePrefix, type Prefix, queryWithPrefix } from './prefixed-query.ts';
import type { ReadConnection } from './read-connections.ts';

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

/** What a transaction that reads begins with. */
export interface ReadBeginning {
  /** Parameters of the server, until the transaction ends. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Answers a number as its only column. */
  readonly stamp: Statement;
}

/** What the beginning answered, and what was sent along with it. */
export interface Begun {
  readonly stamp: Promise<number>;
  /** Undefined where nothing was. */
  readonly first: Promise<pg.QueryResult> | undefined;
}

export interface ReadBeginnings {
  /**
   * Begins a transaction on a connection, and sends a query along. Nobody waits for the beginning to be answered; where it fails the
   * stamp rejects, and nothing that the query answered may be used.
   */
  begin(connection: ReadConnection, beginning: ReadBeginning, first?: pg.QueryConfig): Begun;
}

const ROLLBACK: Statement = { text: 'ROLLBACK', values: [] };
const BEGIN: Statement = { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', values: [] };
/** So many beginnings are kept as bytes, of half a KiB each. */
const MOST_PREFIXES = 2_000;

/** `prepares`: whether the beginning is prepared. What a connection has prepared goes out in one message with the query. */
export function createReadBeginnings({ prepares }: { readonly prepares: boolean }): ReadBeginnings {
  const names = new Map<string, string>();
  const ready = new WeakMap<pg.PoolClient, Set<string>>();
  const prefixes = new LRUCache<string, Prefix>({ max: MOST_PREFIXES });
  const nameOf = (text: string) => {
    const name = names.get(text) ?? `begin_${names.size + 1}`;
    names.set(text, name);
    return name;
  };
  const sendEach = (client: pg.PoolClient, statements: readonly Statement[]) => {
    const known = ready.get(client) ?? new Set();
    ready.set(client, known);
    return statements.map(async ({ text, values }) => {
      const result = await client.query<Record<string, unknown>>({ ...(prepares && { name: nameOf(text) }), text, values: [...values] });
      if (prepares) known.add(text);
      return result;
    });
  };
  const findPrefix = (client: pg.PoolClient, statements: readonly Statement[]): Prefix => {
    const key = JSON.stringify(statements);
    const known = prefixes.get(key);
    if (known !== undefined) return known;
    const made = makePrefix(
      client,
      statements.map((statement) => ({ ...statement, name: nameOf(statement.text) })),
    );
    prefixes.set(key, made);
    return made;
  };
  return {
    begin({ client, isOpen }, { settings, stamp }, first) {
      const statements = [...(isOpen ? [ROLLBACK] : []), BEGIN, ...setAll(settings), stamp];
      const known = ready.get(client);
      if (first !== undefined && known !== undefined && statements.every(({ text }) => known.has(text))) {
        const { prefix, result } = queryWithPrefix(client, findPrefix(client, statements), first);
        return { stamp: prefix.then(([text]) => Number(text)), first: result };
      }
      const answers = Promise.all(sendEach(client, statements));
      return {
        stamp: answers.then((results) => Number(Object.values(results.at(-1)!.rows[0]!)[0])),
        first: first && client.query(first),
      };
    },
  };
}

function setAll(settings: ReadBeginning['settings']): Statement[] {
  const names = Object.keys(settings);
  if (names.length === 0) return [];
  const text = `SELECT ${names.map((name, index) => `set_config(${quoteLiteral(name)}, $${index + 1}, true)`).join(', ')}`;
  return [{ text, values: Object.values(settings).map(String) }];
}
