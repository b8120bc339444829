/** What recording adds to a request within Apollo Server alone: no network, no token, no database. So little else goes on that it shows. */
import { ApolloServer, HeaderMap } from '@apollo/server';
import { buildSchema, printSchema } from 'graphql';
import { createApolloServer } from '../../src/api/apollo-server.ts';
import { executors } from '../../src/execution/executors.ts';
import type { ApiContext } from '../../src/api/context.ts';
import { createJsonLogger } from '../../src/api/logger.ts';
import { recordUsage } from '../../src/api/plugins/record-usage.ts';
import { annotateCrmSchema } from '../../src/crm/crm-schema.ts';
import { createUsageBuffer, usageLimits } from '../../src/evolution/usage/usage-buffer.ts';
import { createUsageClock } from '../../src/evolution/usage/usage-clock.ts';
import { apiVersions } from '../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../src/evolution/versions/view-schema.ts';
import { type MeasuredOperation, TENANT, WORKERS } from './operations.ts';
import { headersOf } from './send-requests.ts';

const BATCHES = 40;
const BATCH = 2_000;
/** Until the compiler is done. */
const WARM_UP = 10 * BATCH;
const TENANT_ID = '0190aaaa-0000-7000-8000-00000000000a';

/** What resolvers answer at once. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  viewer: { subject: 'bench' },
  leads: { nodes: [], pageInfo: { hasNextPage: false } },
  updateLead: { lead: { id: '1', version: 1, company: 'Acme' } },
};

/** By how many microseconds of CPU a request costs more with recording, as the differences of batches that follow one another. */
export async function measureIsolatedCost(version: string, operation: MeasuredOperation): Promise<readonly number[]> {
  const [recording, nothing] = [await startServer(version, true), await startServer(version, false)];
  const sides = [recording, nothing] as const;
  try {
    for (const server of sides) await spend(server, operation, WARM_UP);
    const differences: number[] = [];
    for (let batch = 0; batch < BATCHES; batch++) {
      const isFirst = batch % 2 === 0;
      const [one, other] = [
        await spend(isFirst ? recording : nothing, operation, BATCH),
        await spend(isFirst ? nothing : recording, operation, BATCH),
      ];
      differences.push(isFirst ? one - other : other - one);
    }
    return differences;
  } finally {
    await Promise.all(sides.map((server) => server.stop()));
  }
}

async function startServer(name: string, records: boolean): Promise<ApolloServer<ApiContext>> {
  const version = apiVersions.find((each) => each.name === name)!;
  const schema = buildSchema(printSchema(viewSchema(await annotateCrmSchema(), version)));
  for (const type of [schema.getQueryType()!, schema.getMutationType()!])
    for (const [field, answer] of Object.entries(ANSWERS)) {
      const member = type.getFields()[field];
      if (member !== undefined) member.resolve = () => answer;
    }
  const logger = createJsonLogger('warn', (line) => void process.stderr.write(line));
  const buffer = createUsageBuffer(() => false, usageLimits, createUsageClock());
  const observers = records ? [recordUsage(name, true, buffer)] : [];
  const server = createApolloServer<ApiContext>(schema, { execute: executors.compiled(schema), logger, observers, plugins: [] });
  await server.start();
  return server;
}

/** Microseconds of CPU by request. */
async function spend(server: ApolloServer<ApiContext>, operation: MeasuredOperation, requests: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < requests; n += WORKERS) await Promise.all(Array.from({ length: WORKERS }, (_, worker) => send(n + worker, worker)));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;

  async function send(n: number, worker: number): Promise<void> {
    const { status, body } = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap(Object.entries({ ...headersOf(n), 'content-type': 'application/json' })),
        body: JSON.parse(operation.body(n, worker)) as unknown,
        search: '',
      },
      context: () => Promise.resolve({ principal: { subject: 'bench', tenant: TENANT, roles: new Set(['writer']) }, tenantId: TENANT_ID }),
    });
    if (status !== undefined && status !== 200) throw new Error(`expected data, got ${status} ${JSON.stringify(body)}`);
  }
}
