/**
 * A bare handler beside which others are measured: node scripts/run.mjs bench/read-path/floor-server.ts KIND TENANT_ID ROLE
 * KIND is `json` – one statement, whose text is the response –, `json-tenant` – the same within what sets a tenant –, or `rows`:
 * flat rows, choices from memory. Each operation has a path; a request's body is a JSON array of what its statement takes.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { CHOICE_COLUMNS, FIRST_CHOICE, type FloorStatement, jsonStatement, rowsStatement } from './floor-statements.ts';
import { CONNECTIONS, listOperations, type PageOperation } from './operations.ts';

type Answer = (values: readonly unknown[]) => Promise<string>;

const [kind = '', tenantId = '', role = ''] = process.argv.slice(2);
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: CONNECTIONS,
  ...({ pipeline: true } as pg.PoolConfig),
});
const answers = new Map<string, Answer>();
// Only what they are called and select is needed of them here: what they are about comes with each request.
const subject = { tenantId, filteredIndustryId: '', industryIds: ['', ''] as const, deepLeadId: '', writtenLeadIds: [] };
for (const operation of listOperations(subject)) {
  if (kind === 'rows' && operation.kind === 'page') answers.set(operation.name, await answerRows(operation));
  if (kind === 'json') answers.set(operation.name, answerJson(jsonStatement(operation)));
  if (kind === 'json-tenant') answers.set(operation.name, answerAsTenant(jsonStatement(operation), operation.kind === 'update'));
}

const server = createServer((request, response) => {
  const answer = answers.get(request.url!.slice(1))!;
  readBody(request)
    .then((body) => answer(JSON.parse(body) as unknown[]))
    .then(
      (text) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
        response.end(text);
      },
      (error: unknown) => {
        response.writeHead(500);
        response.end(String(error));
      },
    );
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
});

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => resolve(body));
    request.on('error', reject);
  });
}

function answerJson(statement: FloorStatement): Answer {
  return async (values) => {
    const { rows } = await pool.query<[string]>({ ...statement, values: [...values], rowMode: 'array' });
    return rows[0]![0];
  };
}

/** The same statement, under row-level security: all that is sent goes out at once, and whoever waits is answered before the end. */
function answerAsTenant(statement: FloorStatement, writes: boolean): Answer {
  const begin = `BEGIN${writes ? '' : ' ISOLATION LEVEL REPEATABLE READ READ ONLY'}; SELECT set_config('role', '${role}', true), set_config('choices.tenant_id', '${tenantId}', true)`;
  return async (values) => {
    const client = await pool.connect();
    const begun = client.query(begin);
    const reading = client.query<[string]>({ ...statement, values: [...values], rowMode: 'array' });
    const ended = client.query(writes ? 'COMMIT' : 'ROLLBACK');
    const all = Promise.all([begun, reading, ended]).then(
      ([, { rows }]) => {
        client.release();
        return rows[0]![0];
      },
      (error: Error) => {
        client.release(error);
        throw error;
      },
    );
    // What was written is told once it is kept.
    if (writes) return all;
    all.catch(() => undefined);
    await begun;
    return (await reading).rows[0]![0];
  };
}

async function answerRows(operation: PageOperation): Promise<Answer> {
  const statement = rowsStatement(operation);
  const choices = new Map<string, { id: string; label: string }>();
  for (const choice of operation.choices) {
    const { rows } = await pool.query<{ id: string; label: string }>(
      `SELECT id, label FROM ${CHOICE_COLUMNS[choice].table} WHERE tenant_id = $1`,
      [tenantId],
    );
    for (const row of rows) choices.set(row.id, row);
  }
  return async (values) => {
    const { rows } = await pool.query<(string | null)[]>({ ...statement, values: [...values], rowMode: 'array' });
    const nodes = rows.map((row) => {
      const node: Record<string, unknown> = { id: row[0], firstName: row[1], lastName: row[2] };
      for (const [at, choice] of operation.choices.entries()) {
        node[choice] = row[FIRST_CHOICE + 2 * at];
        node[`${choice}Ref`] = choices.get(row[FIRST_CHOICE + 2 * at + 1]!) ?? null;
      }
      return node;
    });
    return JSON.stringify({ data: { leads: { nodes } } });
  };
}
