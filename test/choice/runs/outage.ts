import type { KyselyPlugin, QueryId } from 'kysely';
import type { Sql } from '../../../src/database/owner-database.ts';

/** A database that is shut down, and comes back, when a test says so. */
export interface Outage {
  readonly db: Sql;
  /** From the next statement that matches, every one fails; resolves then. */
  breakAt(statement: RegExp): Promise<void>;
  /** Only the next statement that matches fails. */
  failOnce(statement: RegExp): Promise<void>;
  /** The next statement that matches is carried out, and its answer lost. */
  loseAnswer(statement: RegExp): Promise<void>;
  /** It answers again. */
  end(): void;
}

type Kind = 'breakAt' | 'failOnce' | 'loseAnswer';

export function planOutage(db: Sql): Outage {
  let planned: { kind: Kind; statement: RegExp; happened: PromiseWithResolvers<void> } | undefined;
  let isDown = false;
  const lost = new WeakSet<QueryId>();
  const plan = (kind: Kind) => (statement: RegExp) => {
    planned = { kind, statement, happened: Promise.withResolvers() };
    return planned.happened.promise;
  };
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const text = node.kind === 'RawNode' ? node.sqlFragments.join('') : '';
      if (isDown) throw shutDown();
      if (!planned?.statement.test(text)) return node;
      const { kind, happened } = planned;
      planned = undefined;
      happened.resolve();
      if (kind === 'loseAnswer') lost.add(queryId);
      else {
        isDown = kind === 'breakAt';
        throw shutDown();
      }
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      if (lost.has(queryId)) throw shutDown();
      return result;
    },
  };
  return {
    db: db.withPlugin(plugin),
    breakAt: plan('breakAt'),
    failOnce: plan('failOnce'),
    loseAnswer: plan('loseAnswer'),
    end: () => void (isDown = false),
  };
}

function shutDown(): Error {
  return Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
}
