import { cpus } from 'node:os';
import pg from 'pg';
import { withOwner } from '../harness/bench-server.ts';
import { quantile } from '../harness/statistics.ts';
import { ourCommand } from '../read-path/contenders.ts';
import { countStatements, type StatementCount } from '../read-path/count-statements.ts';
import { CONNECTIONS } from '../read-path/operations.ts';
import { post } from '../read-path/post.ts';
import { readMemory, readProcessCpu, readServerCpu } from '../read-path/process-cost.ts';
import { sendRequests } from '../read-path/send-requests.ts';
import { DATABASE, type DatabaseSetup, withDatabase } from '../read-path/set-up.ts';
import { startServer } from '../read-path/start-server.ts';
import { createRequest, listCurves, type Point } from './curves.ts';
import { createGrowthDataset, type Sizes } from './dataset.ts';
import { type ExplainedPage, explainPages } from './plans.ts';

/** What a page costs at a point. */
export interface PointCost {
  readonly label: string;
  /** Microseconds of CPU a request. */
  readonly serverCpu: number;
  readonly databaseCpu: number;
  readonly p50Milliseconds: number;
  readonly statements: StatementCount;
  /** Of the server, in MiB, afterwards. */
  readonly memory: number;
}

export interface GrowthResults {
  readonly sizes: Sizes;
  readonly machine: string;
  readonly curves: readonly { readonly name: string; readonly title: string; readonly points: readonly PointCost[] }[];
  readonly plans: readonly ExplainedPage[];
}

export async function measureGrowth(sizes: Sizes, say: (line: string) => void): Promise<GrowthResults> {
  say(`building ${sizes.leads.join(', ')} leads, and ${sizes.tenants} small tenants`);
  return withDatabase(
    (database) => createGrowthDataset(database, sizes, say),
    async (setup) => {
      const { databaseUrl } = setup;
      const sql = new pg.Pool({ connectionString: databaseUrl });
      const server = await startServer(ourCommand(databaseUrl));
      try {
        const findLead = async (slug: string, share: number) => {
          const { rows } = await sql.query<{ id: string }>(
            `SELECT lead.id FROM lead JOIN tenant ON tenant.id = tenant_id WHERE slug = $1 ORDER BY lead.id
           OFFSET (SELECT floor(count(*) * $2::float8) FROM lead AS one JOIN tenant AS its ON its.id = one.tenant_id WHERE its.slug = $1) - 60 LIMIT 1`,
            [slug, share],
          );
          return rows[0]!.id;
        };
        const curves = [];
        for (const { points, ...curve } of await listCurves(sizes, findLead)) {
          const costs = [];
          for (const point of points) {
            say(`${curve.title}: ${point.label}`);
            costs.push(await measurePoint(setup, point, server));
          }
          curves.push({ ...curve, points: costs });
        }
        say('explaining');
        return {
          sizes,
          machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
          curves,
          plans: await withOwner(databaseUrl, (owner) => explainPages(owner, databaseUrl, `leads-${sizes.leads.at(-1)}`)),
        };
      } finally {
        await sql.end();
        await server.stop();
      }
    },
  );
}

/** In milliseconds; `warmUpOf` is for each tenant, so that all of them have been there once. */
const TIMES = { warmUp: 1_500, warmUpOf: 2.5, duration: 4_000 };

async function measurePoint(
  { bench, postmaster }: DatabaseSetup,
  point: Point,
  { pid, url: root }: { pid: number; url: URL },
): Promise<PointCost> {
  const { body, tokens } = await createRequest(point);
  const url = new URL('graphql', root);
  const answerLength = Buffer.byteLength(await post({ url, token: tokens[0], body }));
  // Each connection goes through the tenants from another one on.
  const token = (n: number, connection: number) => tokens[(n * CONNECTIONS + connection) % tokens.length]!;
  const readCosts = async () => ({ server: await readProcessCpu(pid), database: await readServerCpu(postmaster) });
  const { requests, latencies, costs } = await sendRequests(
    { url, token, body: () => body, answerLength, connections: CONNECTIONS },
    { ...TIMES, warmUp: Math.max(TIMES.warmUp, TIMES.warmUpOf * tokens.length) },
    readCosts,
  );
  const [before, after] = costs;
  return {
    label: point.label,
    serverCpu: (after.server - before.server) / requests,
    databaseCpu: (after.database - before.database) / requests,
    p50Milliseconds: quantile(latencies, 0.5),
    statements: await countStatements(bench, DATABASE, { token: tokens[0] }, { url, body: () => body }),
    memory: await readMemory(pid),
  };
}
