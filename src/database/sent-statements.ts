import type pg from 'pg';
import type { StatementNames } from './statement-names.ts';

/** What of `pg` is used here and is not typed there. */
interface WithConnection {
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

/**
 * Has statements that go through a pool by their text, such as those of MikroORM, prepared where they have parameters, and sent together where
 * nobody waits for one before the next: each message costs more than what is in it.
 */
export function sendStatementsTogether(pool: pg.Pool, names: StatementNames): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: readonly unknown[]) => unknown;
    const holdMessages = createHolder(client);
    const send = (statement: unknown, values: unknown, ...rest: readonly unknown[]): unknown => {
      if (!isSubmittable(statement)) holdMessages();
      if (typeof statement !== 'string') return query(statement, values, ...rest);
      const name = Array.isArray(values) && values.length > 0 ? names.find(statement) : undefined;
      return name === undefined ? query(statement, values, ...rest) : query({ name, text: statement, values }, ...rest);
    };
    client.query = send as typeof client.query;
  });
}

/** What writes its messages itself does so at once. */
function isSubmittable(statement: unknown): boolean {
  return typeof (statement as Partial<pg.Submittable>).submit === 'function';
}

/** Holds what is written until all that is to be done at this moment is done. */
function createHolder({ connection: { stream } }: WithConnection): () => void {
  let held = false;
  return () => {
    if (held) return;
    held = true;
    stream.cork();
    process.nextTick(() => {
      held = false;
      stream.uncork();
    });
  };
}
