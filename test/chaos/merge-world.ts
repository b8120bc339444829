import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

const SECRET = 'a secret of the chaos tests, long enough';
const FIELD = choiceRegistry.field('Lead.industry')!;
const ROWS_PER_WRITER = 10;
const WRITERS = 3;
const POLL_MS = 50;

/** What the API answers. */
export interface Answer {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what each operation asks for
  readonly data: any;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** A tenant whose leads have `finance`, and a few, the writers', `tech`; one server, which is killed and replaced. */
export interface MergeWorld {
  readonly crm: TestCrm;
  readonly loserId: string;
  readonly survivorId: string;
  /** How many leads have the one choice or the other. */
  leads: number;
  readonly writersRows: readonly (readonly string[])[];
  /** How often the server was killed. */
  readonly kills: number;
  /** As the owner. */
  query<Row extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<Row[]>;
  /** A figure as the owner. */
  count(text: string, ...values: unknown[]): Promise<number>;
  /** Asks the API; undefined while the server is gone. */
  ask(text: string, variables?: object, version?: string): Promise<Answer | undefined>;
  /** Waits for what others bring about. @throws where the time is up, naming it. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  startServer(): Promise<void>;
  killServer(): Promise<void>;
  stop(): Promise<void>;
}

/** `loser`: how many leads have the choice that is to be merged away, beside the writers'. */
export async function createMergeWorld(loser: number, withinMs: number): Promise<MergeWorld> {
  const crm = await createTestCrm({ phase: 'migrated', tenants: ['acme'], fields: [FIELD] });
  const pool = new pg.Pool({ connectionString: crm.database.ownerUrl, max: 5, application_name: 'billing' });
  const tenant = crm.tenant('acme').id;
  const token = await issueToken(SECRET, { subject: 'ada', tenant: 'acme', roles: ['writer', 'choice-admin'], expiresIn: '1d' });
  const timeIsUp = AbortSignal.timeout(withinMs);
  let server: RunningProgram | undefined;
  let url = '';
  let kills = 0;
  const query: MergeWorld['query'] = async <Row extends pg.QueryResultRow>(text: string, ...values: unknown[]) =>
    (await pool.query<Row>(text, values)).rows;
  const stop = async () => {
    server?.kill('SIGKILL');
    await server?.ended;
    await pool.end();
    await crm.close();
  };
  try {
    const writersRows = await fill(query, tenant, loser);
    const choices = await query<{ key: string; id: string }>('SELECT key, id FROM industry WHERE tenant_id = $1', tenant);
    const idOf = (key: string) => choices.find((choice) => choice.key === key)!.id;
    return {
      crm,
      loserId: idOf('finance'),
      survivorId: idOf('tech'),
      leads: loser + writersRows.flat().length,
      writersRows,
      get kills() {
        return kills;
      },
      query,
      count: async (text, ...values) => Number(Object.values((await query<Record<string, number>>(text, ...values))[0]!)[0]),
      ask: async (text, variables = {}, version = '') => {
        try {
          const response = await fetch(`${url}${version}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
            body: JSON.stringify({ query: text, variables }),
            signal: timeIsUp,
          });
          return (await response.json()) as Answer;
        } catch {
          return undefined;
        }
      },
      until: async (what, holds) => {
        while (!(await holds())) {
          if (timeIsUp.aborted) throw new Error(`waited in vain, the ${withinMs / 60_000} min are up: ${what}`);
          await delay(POLL_MS);
        }
      },
      startServer: async () => {
        const env = { DATABASE_URL: crm.database.ownerUrl, AUTH_SECRET: SECRET, PORT: '0', DEMO: '0' };
        server = await startProgram('dist/main.js', ['serve'], { env });
        url = await server.ready;
      },
      killServer: async () => {
        kills += 1;
        server!.kill('SIGKILL');
        await server!.ended;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The refs are set by the trigger. Keeps what the loser's records are, byte for byte. Answers the rows of each writer. */
async function fill(query: MergeWorld['query'], tenant: string, loser: number): Promise<string[][]> {
  const writers = WRITERS * ROWS_PER_WRITER;
  await query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, lead_source, industry)
     SELECT $1, 'A', n, 'a@b', 'C', 'web', CASE WHEN n <= $2 THEN 'tech' ELSE 'finance' END FROM generate_series(1, $3::int) AS n`,
    tenant,
    writers,
    writers + loser,
  );
  await query(`CREATE TABLE chaos_before AS SELECT id, lead::text AS bytes FROM lead WHERE industry = 'finance'`);
  await query('CREATE UNIQUE INDEX ON chaos_before (id)');
  await query('ANALYZE lead, chaos_before');
  const ids = (await query<{ id: string }>(`SELECT id FROM lead WHERE industry = 'tech' ORDER BY id`)).map(({ id }) => id);
  return Array.from({ length: WRITERS }, (_, kind) => ids.slice(kind * ROWS_PER_WRITER, (kind + 1) * ROWS_PER_WRITER));
}
