import pg from 'pg';
import type { TestApi } from '../harness/test-api.ts';
import type { TestCrm } from '../harness/test-crm.ts';

/** How a writer writes; `column` goes by the legacy column, and so has to stop before that goes. */
export type WriterKind = 'legacy API' | 'new API' | 'raw ref' | 'raw column';

/** Writers on rows of their own, one write after the other, none of which may fail or answer anything but what was written. */
export interface SteadyWriters {
  /** What went wrong so far. */
  readonly failures: readonly string[];
  readonly writes: number;
  /** Waits for the writes under way, and answers what each row has to answer: its id and its string. */
  stop(): Promise<ReadonlyMap<string, string>>;
}

const KEYS = ['tech', 'finance', 'healthcare', 'education', 'retail'];
const ROWS_EACH = 12;
const MUTATION = 'mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { lead { industry } } }';

/** Leads for the writers of a tenant. */
export async function insertWritersLeads(crm: TestCrm, tenant: string): Promise<void> {
  await crm.owner.pool.query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source)
     SELECT $1, 'First', 'Last', 'a@example.test', 'Company ' || n, 'tech', 'web' FROM generate_series(1, $2::int) AS n`,
    [crm.tenant(tenant).id, ROWS_EACH * 4],
  );
}

/** Starts one writer of each kind; the API's writers send to each server in turn. */
export async function startSteadyWriters(
  crm: TestCrm,
  apis: readonly TestApi[],
  tenant: string,
  kinds: readonly WriterKind[],
): Promise<SteadyWriters> {
  const tenantId = crm.tenant(tenant).id;
  const client = new pg.Client({ connectionString: crm.database.ownerUrl, application_name: 'billing' });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('SELECT id FROM lead WHERE tenant_id = $1 ORDER BY id', [tenantId]);
  const failures: string[] = [];
  const written = new Map<string, string>();
  const token = await apis[0]?.token(tenant, 'writer');
  let writes = 0;
  let running = true;

  const send = async (turn: number, path: string, id: string, input: object, value: string) => {
    const { status, text, body } = await apis[turn % apis.length]!.send(MUTATION, { id, input }, { path, token });
    if (status !== 200 || body.data?.updateLead?.lead?.industry !== value) failures.push(`${path} ${value}: ${status} ${text}`);
  };
  const WRITES: Readonly<Record<WriterKind, (turn: number, id: string, value: string) => Promise<unknown>>> = {
    'legacy API': (turn, id, value) => send(turn, '/graphql/2026-01', id, { industry: value }, value),
    'new API': (turn, id, value) => send(turn, '/graphql', id, { industryRef: { key: value } }, value),
    'raw ref': (_turn, id, value) =>
      client.query(
        'UPDATE lead SET industry_id = (SELECT id FROM industry WHERE tenant_id = $1 AND key = $2) WHERE tenant_id = $1 AND id = $3',
        [tenantId, value, id],
      ),
    'raw column': (_turn, id, value) =>
      client.query('UPDATE lead SET industry = $2 WHERE tenant_id = $1 AND id = $3', [tenantId, value, id]),
  };
  const work = kinds.map(async (kind, place) => {
    const ids = rows.slice(place * ROWS_EACH, (place + 1) * ROWS_EACH).map(({ id }) => id);
    for (let turn = 0; running; turn++) {
      const id = ids[turn % ids.length]!;
      const value = KEYS[(turn + Math.floor(turn / ids.length)) % KEYS.length]!;
      try {
        await WRITES[kind](turn, id, value);
      } catch (error) {
        failures.push(`${kind}: ${String(error)}`);
      }
      written.set(id, value);
      writes += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  return {
    failures,
    get writes() {
      return writes;
    },
    stop: async () => {
      running = false;
      await Promise.all(work);
      await client.end();
      return written;
    },
  };
}
