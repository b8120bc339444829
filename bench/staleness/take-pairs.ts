import { cpus } from 'node:os';
import pg from 'pg';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { BENCH_SECRET, ourCommand } from '../read-path/contenders.ts';
import { type Subject, TENANT } from '../read-path/operations.ts';
import { post } from '../read-path/post.ts';
import { withSetup } from '../read-path/set-up.ts';
import { type RunningServer, startServer } from '../read-path/start-server.ts';

/** Pairs of one kind. */
export interface Kind {
  readonly title: string;
  readonly pairs: number;
  /** Reads that showed the name of before. */
  readonly stale: number;
  /** Of each read after a rename. */
  readonly milliseconds: readonly number[];
}

export interface StalenessResults {
  readonly kinds: readonly Kind[];
  readonly machine: string;
  readonly seconds: number;
  /** What others read meanwhile, so that both servers knew every choice at every time. */
  readonly otherReads: number;
}

/** A choice that is renamed over and over, and a lead that has it. */
interface Lane {
  readonly choiceId: string;
  readonly leadId: string;
}

const LEADS = 2_000;
const KEYS = ['tech', 'finance', 'retail', 'energy'];

/** Renames a choice and reads it, `pairs` times, through two servers and by SQL, in several lanes at once while others read. */
export async function takePairs(pairs: number, say: (line: string) => void): Promise<StalenessResults> {
  return withSetup(LEADS, async ({ databaseUrl, subject }) => {
    const servers = [await startServer(ourCommand(databaseUrl)), await startServer(ourCommand(databaseUrl))] as const;
    const sql = new pg.Pool({ connectionString: databaseUrl });
    try {
      const token = await issueToken(BENCH_SECRET, {
        subject: 'bench',
        tenant: TENANT,
        roles: ['writer', 'choice-admin'],
        expiresIn: '1d',
      });
      const api = createApi(token);
      const lanes = await findLanes(sql, subject);
      const renameBy = (server: RunningServer) => (lane: Lane, label: string) => api.rename(server, lane, label);
      const renameBySql = async ({ choiceId }: Lane, label: string) => {
        await sql.query('UPDATE industry SET label = $1 WHERE tenant_id = $2 AND id = $3', [label, subject.tenantId, choiceId]);
      };
      const [one, other] = servers;
      const kinds = [
        { title: 'renamed through a server, read through the same', rename: renameBy(one), readers: [one] },
        { title: 'renamed through a server, read through the other', rename: renameBy(one), readers: [other] },
        { title: 'renamed by SQL, read through both', rename: renameBySql, readers: [one, other] },
      ];
      const start = performance.now();
      const others = readMeanwhile(servers, lanes, api);
      const taken: Kind[] = [];
      for (const [at, { title, rename, readers }] of kinds.entries()) {
        const share = Math.floor((pairs * (at + 1)) / kinds.length) - Math.floor((pairs * at) / kinds.length);
        say(`${share} pairs: ${title}`);
        taken.push({
          title,
          ...(await takeKind(share, lanes, rename, (lane) => Promise.all(readers.map((server) => api.read(server, lane))))),
        });
      }
      const seconds = (performance.now() - start) / 1_000;
      return {
        kinds: taken,
        seconds,
        otherReads: await others.end(),
        machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
      };
    } finally {
      await sql.end();
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
}

async function takeKind(
  pairs: number,
  lanes: readonly Lane[],
  rename: (lane: Lane, label: string) => Promise<void>,
  read: (lane: Lane) => Promise<string[]>,
): Promise<Omit<Kind, 'title'>> {
  let taken = 0;
  let stale = 0;
  const milliseconds: number[] = [];
  await Promise.all(
    lanes.map(async (lane, at) => {
      while (taken < pairs) {
        taken += 1;
        const label = `Lane ${at}, name ${taken}`;
        await rename(lane, label);
        const start = performance.now();
        const seen = await read(lane);
        milliseconds.push(performance.now() - start);
        if (seen.some((each) => each !== label)) stale += 1;
      }
    }),
  );
  return { pairs: taken, stale, milliseconds };
}

function createApi(token: string) {
  const send = async (server: RunningServer, query: string, variables: object): Promise<unknown> => {
    const { data, errors } = JSON.parse(
      await post({ url: new URL('graphql', server.url), token, body: JSON.stringify({ query, variables }) }),
    ) as {
      data: unknown;
      errors?: unknown;
    };
    if (errors !== undefined) throw new Error(`expected an answer, got ${JSON.stringify(errors)}`);
    return data;
  };
  return {
    rename: async (server: RunningServer, { choiceId }: Lane, label: string) => {
      const query =
        'mutation ($id: ID!, $label: String!) { updateChoice(input: { type: INDUSTRY, id: $id, label: $label }) { choice { label } } }';
      await send(server, query, { id: choiceId, label });
    },
    read: async (server: RunningServer, { leadId }: Lane) => {
      const data = await send(server, 'query ($id: ID!) { lead(id: $id) { industryRef { label } } }', { id: leadId });
      return (data as { lead: { industryRef: { label: string } } }).lead.industryRef.label;
    },
  };
}

function readMeanwhile(servers: readonly RunningServer[], lanes: readonly Lane[], { read }: ReturnType<typeof createApi>) {
  let going = true;
  let reads = 0;
  const readers = servers.map(async (server) => {
    for (let n = 0; going; n++) {
      await read(server, lanes[n % lanes.length]!);
      reads += 1;
    }
  });
  return {
    end: async () => {
      going = false;
      await Promise.all(readers);
      return reads;
    },
  };
}

async function findLanes(sql: pg.Pool, { tenantId }: Subject): Promise<readonly Lane[]> {
  const { rows } = await sql.query<Lane>(
    `SELECT DISTINCT ON (choice.id) choice.id AS "choiceId", lead.id AS "leadId"
     FROM industry AS choice JOIN lead ON lead.tenant_id = choice.tenant_id AND lead.industry_id = choice.id
     WHERE choice.tenant_id = $1 AND choice.key = ANY ($2)`,
    [tenantId, KEYS],
  );
  return rows;
}
