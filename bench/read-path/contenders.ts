import path from 'node:path';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { pageValues } from './floor-statements.ts';
import { type Dialect, listDialect, ourDialect, postgraphileDialect } from './graphql-requests.ts';
import { post } from './post.ts';
import { type Operation, type Subject, TENANT } from './operations.ts';
import { RIVALS } from './rivals.ts';
import type { ServerCommand } from './start-server.ts';

/** A server that is measured. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly command: ServerCommand;
  readonly token?: string;
  /** Needs packages that the product does without. */
  readonly isRival?: boolean;
  /** How it is asked for an operation where it serves at `url`; undefined where it cannot be. */
  request(operation: Operation, url: URL): Promise<ContenderRequest | undefined>;
}

export interface ContenderRequest {
  /** Relative to where it serves. */
  readonly path: string;
  body(n: number, connection: number): string;
}

/** That our servers check tokens by. */
export const BENCH_SECRET = 'a secret of the benchmark that is long enough';
const RUN = path.resolve('scripts/run.mjs');

/** Ours as `npm start` starts it, with `options` for Node. */
export function ourCommand(databaseUrl: string, options: readonly string[] = []): ServerCommand {
  return {
    arguments: ['--enable-source-maps', ...options, 'dist/main.js', 'serve'],
    environment: { DATABASE_URL: databaseUrl, AUTH_SECRET: BENCH_SECRET, PORT: '0' },
  };
}

/** Everybody, ours first: it makes the restricted role that one floor works as. */
export async function listContenders(databaseUrl: string, subject: Subject): Promise<readonly Contender[]> {
  const token = await issueToken(BENCH_SECRET, { subject: 'bench', tenant: TENANT, roles: ['writer'], expiresIn: '1d' });
  const role = `${new URL(databaseUrl).pathname.slice(1)}_app`;
  const floor = (kind: string, title: string): Contender => ({
    name: `floor-${kind}`,
    title,
    command: {
      arguments: [RUN, 'bench/read-path/floor-server.ts', kind, subject.tenantId, role],
      environment: { DATABASE_URL: databaseUrl, NODE_ENV: 'production' },
    },
    request: async (operation) => (kind === 'rows' && operation.kind === 'update' ? undefined : floorRequest(operation, subject)),
  });
  const rival = (name: string, title: string, dialect: Dialect): Contender => ({
    name,
    title,
    isRival: true,
    command: {
      arguments: [RUN, `${name}/server.ts`],
      directory: RIVALS,
      environment: { DATABASE_URL: databaseUrl, TENANT_ID: subject.tenantId, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
    },
    request: graphql(dialect),
  });
  return [
    {
      name: 'ours',
      title: '**dynamic-choices**, everything on',
      command: ourCommand(databaseUrl),
      token,
      request: graphql(ourDialect, token),
    },
    floor('json', '**floor**: bare `node:http`, one `json_agg` statement passed through'),
    floor('json-tenant', 'the same, with our transaction, tenant and role'),
    floor('rows', 'bare `node:http`, flat rows, choices from memory'),
    rival('mercurius', 'Mercurius + JIT + loaders', listDialect),
    rival('postgraphile', 'PostGraphile 5', postgraphileDialect(subject.tenantId)),
    rival('stock', 'type-graphql + MikroORM + DataLoader in Apollo Server, as usually written', listDialect),
  ];
}

/** What does not change from request to request is made once. */
function graphql(dialect: Dialect, token?: string): Contender['request'] {
  return async (operation, url) => {
    if (operation.kind === 'update')
      return { path: '', body: (n, connection) => JSON.stringify(dialect.update(operation.change(n, connection))) };
    const ask = async (request: object) => {
      const { data } = JSON.parse(await post({ url, token, body: JSON.stringify(request) })) as { data: unknown };
      return data;
    };
    const body = JSON.stringify(await dialect.page(operation, ask));
    return { path: '', body: () => body };
  };
}

function floorRequest(operation: Operation, { tenantId }: Subject): ContenderRequest {
  if (operation.kind === 'page') {
    const body = JSON.stringify(pageValues(operation, tenantId));
    return { path: operation.name, body: () => body };
  }
  return {
    path: operation.name,
    body: (n, connection) => {
      const { id, company, industryId } = operation.change(n, connection);
      return JSON.stringify([tenantId, id, company, industryId]);
    },
  };
}
