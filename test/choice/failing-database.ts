import type { KyselyPlugin } from 'kysely';
import type { Sql } from '../../src/database/owner-database.ts';

/** A database that fails before one of its writes. */
export interface FailingDatabase {
  readonly db: Sql;
  /** Whether it has. */
  hasFailed(): boolean;
}

const WRITES = /^\s*(WITH|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|ANALYZE|BEGIN|SET LOCAL)\b/i;

/**
 * Breaks off at the n-th statement that writes, begins a batch or takes a lock, as a process that is killed there does: a
 * transaction that is under way is rolled back, what was committed before stays.
 */
export function failBefore(db: Sql, nth: number): FailingDatabase {
  let writes = 0;
  let failed = false;
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      const text = node.kind === 'RawNode' ? node.sqlFragments.join('') : '';
      if (failed) throw new Error('killed');
      if (WRITES.test(text) && ++writes === nth) {
        failed = true;
        throw new Error('killed');
      }
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(plugin), hasFailed: () => failed };
}
