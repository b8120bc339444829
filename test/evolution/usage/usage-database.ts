import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import { openOwnerDatabase, type OwnerDatabase, type Sql } from '../../../src/database/owner-database.ts';
import type { OperationUse } from '../../../src/evolution/usage/usage-buffer.ts';
import { createUsageRecorder, type UsageRecorder, type UsageRecorderOptions } from '../../../src/evolution/usage/usage-recorder.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/test-database.ts';

/** A test file's database, and recorders on it that store only when they are told to. */
export interface UsageDatabase {
  readonly owner: OwnerDatabase;
  readonly url: string;
  /** What recorders of the running test told of errors. */
  readonly errors: unknown[];
  /** Its collector is stored already. */
  startRecorder(options?: Partial<UsageRecorderOptions>, db?: Sql): Promise<UsageRecorder>;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Uses by client, version of the client, operation and tenant, added up. */
  countUses(): Promise<Record<string, number>>;
}

/** A moment to reckon from. */
export const NOON = Date.UTC(2027, 0, 15, 12, 0, 0);
export const TENANT = '0190aaaa-0000-7000-8000-00000000000a';
export const OTHER_TENANT = '0190bbbb-0000-7000-8000-00000000000b';
/** What the tests take for deprecated. */
export const isDeprecated = (coordinate: string) => coordinate.endsWith('.industry');

export function useOf(
  explicit: readonly string[],
  use: Partial<Omit<OperationUse, 'used'>> = {},
  defaulted: readonly string[] = [],
): OperationUse {
  return {
    version: '2026-11',
    pinned: false,
    operation: 'Leads',
    client: 'web',
    clientVersion: '1.0',
    tenantId: TENANT,
    ...use,
    used: { explicit, defaulted },
  };
}

/** Registers the hooks that make the database, and empty it after each test. */
export function useUsageDatabase(): UsageDatabase {
  let database: TestDatabase;
  let owner: OwnerDatabase;
  const errors: unknown[] = [];
  const recorders: UsageRecorder[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    owner = openOwnerDatabase(database.ownerUrl);
  });
  afterEach(async () => {
    await Promise.all(recorders.splice(0).map((recorder) => recorder.close()));
    errors.splice(0);
    await owner.pool.query(
      'TRUNCATE usage_hour, usage_shape, usage_collector, usage_collector_hour, usage_collector_end, api_client, client_document',
    );
    await owner.pool.query('UPDATE usage_retention SET kept_since = NULL');
  });
  afterAll(async () => {
    await owner.close();
    await database.drop();
  });

  return {
    get owner() {
      return owner;
    },
    get url() {
      return database.ownerUrl;
    },
    errors,
    async startRecorder(options = {}, db = owner.sql) {
      const recorder = await createUsageRecorder(db, {
        isDeprecated,
        onError: (error) => void errors.push(error),
        flushEveryMs: 600_000,
        ...options,
        limits: { tenantShare: 1, ...options.limits },
      });
      recorders.push(recorder);
      await recorder.flush();
      return recorder;
    },
    query: async <Row extends object>(text: string, values: unknown[] = []) => (await owner.pool.query<Row>(text, values)).rows,
    async countUses() {
      const { rows } = await owner.pool.query<{ name: string; count: string }>(
        `SELECT concat_ws(' ', client, client_version, operation, tenant_id) AS name, sum(count) AS count
         FROM usage_hour JOIN usage_shape ON id = shape_id GROUP BY name`,
      );
      return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
    },
  };
}

/** A database that fails when it is told to. */
export interface FlakyDatabase {
  readonly db: Sql;
  /** Its next transaction is committed, and nobody hears of it. */
  loseNextCommit(): void;
  /** Its n-th statement from now on fails, and no other. */
  failAt(statement: number): void;
  /** Whether such a statement has not come yet. */
  isArmed(): boolean;
  /** Every statement fails, until it is called again. */
  setAway(away: boolean): void;
}

export function createFlakyDatabase(database: Sql): FlakyDatabase {
  let losing = false;
  let remaining = 0;
  let away = false;
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      if (away || (remaining > 0 && --remaining === 0)) throw new Error('Connection terminated unexpectedly');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const flaky = database.withPlugin(plugin);
  const transaction = () => ({
    execute: async <Result>(work: (transaction: Sql) => Promise<Result>) => {
      const result = await flaky.transaction().execute(work);
      if (losing) {
        losing = false;
        throw new Error('Connection terminated unexpectedly');
      }
      return result;
    },
  });
  const db = new Proxy(flaky, {
    get: (target, name) => {
      if (name === 'transaction') return transaction;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return {
    db,
    loseNextCommit: () => void (losing = true),
    failAt: (statement) => void (remaining = statement),
    isArmed: () => remaining > 0,
    setAway: (now) => void (away = now),
  };
}

/** Counts the statements of a database, and lets one fail. */
export function countStatements(database: Sql): { readonly db: Sql; statements(): number; failNext(): void } {
  let count = 0;
  let failing = false;
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      count += 1;
      if (failing) {
        failing = false;
        throw new Error('no answer');
      }
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: database.withPlugin(plugin), statements: () => count, failNext: () => void (failing = true) };
}

/** A recorder's clock that can stand somewhere in the past of the database's. */
export interface MovableClock {
  readonly now: () => number;
  /** It stands at a moment, in milliseconds since 1970, from now on. */
  moveTo(date: number): void;
  /** It goes on as if it had never been moved. */
  release(): void;
}

export function createMovableClock(): MovableClock {
  let moment: number | undefined;
  return {
    now: () => moment ?? performance.now(),
    moveTo: (date) => void (moment = performance.now() - (Date.now() - date)),
    release: () => void (moment = undefined),
  };
}
