import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { verifyRecords } from '../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { createTestCrm } from '../harness/test-crm.ts';

export interface MergeChaosOptions {
  readonly leads: number;
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** `faults` is empty where nothing went wrong. */
export interface MergeChaosResult {
  /** Answers that saw all as before the merge, and all as after it: there is no third. */
  readonly seen: { before: number; after: number };
  readonly written: number;
  /** Refs that had moved at each kill. */
  readonly movedAtKills: readonly number[];
  readonly mergeMs: number;
  readonly settledMs: number;
  readonly undoneMs: number;
  readonly edited: number;
  readonly faults: readonly string[];
}

const SECRET = 'a secret of the chaos tests, long enough';
const FIELD = choiceRegistry.field('Lead.industry')!;
const EDITS = 10;
const WRITERS_ROWS = 30;
const OBSERVE = `{
  loser: leads(filter: { industryRef: { key: ["finance"] } }, first: 20) { totalCount edges { node { industryRef { key } } } }
  survivor: leads(filter: { industryRef: { key: ["tech"] } }, first: 20) { totalCount edges { node { industryRef { key } } } }
}`;

/** Merges a choice that `leads` records have while they are written and read, and its mover, the only server, is killed and replaced. */
export async function runMergeChaos({ leads, kills, seed, say }: MergeChaosOptions): Promise<MergeChaosResult> {
  const crm = await createTestCrm({ phase: 'migrated', tenants: ['acme'], fields: [FIELD] });
  const pool = new pg.Pool({ connectionString: crm.database.ownerUrl, max: 4, application_name: 'billing' });
  const acme = crm.tenant('acme').id;
  const query = async <Row extends pg.QueryResultRow>(text: string, ...values: unknown[]) => (await pool.query<Row>(text, values)).rows;
  const token = await issueToken(SECRET, { subject: 'ada', tenant: 'acme', roles: ['writer', 'choice-admin'], expiresIn: '1d' });
  let server: RunningProgram | undefined;
  let url = '';
  const startServer = async () => {
    server = await startProgram('dist/main.js', ['serve'], {
      env: { DATABASE_URL: crm.database.ownerUrl, AUTH_SECRET: SECRET, PORT: '0', DEMO: '0' },
    });
    url = await server.ready;
  };
  const send = async (text: string, variables: object = {}, path = '') => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: text, variables }),
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what each operation asks for
    return (await response.json()) as { data: any; errors?: readonly { message: string; extensions?: { code?: string } }[] };
  };
  /** undefined while the server is gone. */
  const attempt = (...request: Parameters<typeof send>) => send(...request).catch(() => undefined);

  say(`filling: ${leads} leads`);
  const total = leads + WRITERS_ROWS;
  await query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, lead_source, industry)
     SELECT $1, 'A', 'B', 'a@b', 'C', 'web', CASE WHEN n <= $2 THEN 'tech' ELSE 'finance' END FROM generate_series(1, $3::int) AS n`,
    acme,
    WRITERS_ROWS,
    total,
  );
  await query('ANALYZE lead');
  const ids = (await query<{ id: string }>('SELECT id FROM lead ORDER BY id LIMIT $1', WRITERS_ROWS + EDITS)).map(({ id }) => id);
  const choices = await query<{ key: string; id: string }>('SELECT key, id FROM industry WHERE tenant_id = $1', acme);
  const idOf = (key: string) => choices.find((choice) => choice.key === key)!.id;
  const countAt = async (key: string) =>
    (await query<{ n: number }>('SELECT count(*)::int AS n FROM lead WHERE tenant_id = $1 AND industry_id = $2', acme, idOf(key)))[0]!.n;
  const unsettled = async () => (await query('SELECT FROM choice_merge WHERE settled_at IS NULL')).length > 0;
  const untilSettled = async () => {
    while (await unsettled()) await delay(20);
  };

  const faults: string[] = [];
  const seen = { before: 0, after: 0 };
  let written = 0;
  let running = true;
  const write = async (kind: number) => {
    for (let n = seed + kind; running; n++) {
      const id = ids[(n * 3 + kind) % WRITERS_ROWS]!;
      const industry = n % 2 === 0 ? 'finance' : 'tech';
      const update = 'mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { lead { id } } }';
      if (kind === 2) await query('UPDATE lead SET industry = $1 WHERE id = $2', industry, id).then(() => (written += 1));
      else {
        const body = await attempt(
          update,
          { id, input: kind === 0 ? { industry } : { industryRef: { key: industry } } },
          kind === 0 ? '/2026-01' : '',
        );
        if (body?.errors) faults.push(`a write was refused: ${JSON.stringify(body.errors)}`);
        else if (body) written += 1;
      }
      await delay(5);
    }
  };
  const observe = async () => {
    while (running) {
      const body = await attempt(OBSERVE);
      if (body?.errors) faults.push(`a read was refused: ${JSON.stringify(body.errors)}`);
      else if (body) {
        const { loser, survivor } = body.data;
        const keys = (part: { edges: { node: { industryRef: { key: string } } }[] }) =>
          [...new Set(part.edges.map(({ node }) => node.industryRef.key))].join();
        const isAfter = loser.totalCount === total && survivor.totalCount === total && keys(loser) === 'tech' && keys(survivor) === 'tech';
        const isBefore =
          loser.totalCount + survivor.totalCount === total && keys(loser) === 'finance' && ['tech', ''].includes(keys(survivor));
        if (isAfter) seen.after += 1;
        else if (isBefore && seen.after === 0) seen.before += 1;
        else faults.push(`half merged: ${loser.totalCount} ${keys(loser)}, ${survivor.totalCount} ${keys(survivor)} of ${total}`);
      }
      await delay(5);
    }
  };

  try {
    await startServer();
    await query(
      'UPDATE choice_pace SET batch_size = 100, rows_per_second = $1, max_write_ms = 60000, max_lock_wait_ms = 60000',
      Math.max(200, leads / 10),
    );
    const others = [write(0), write(1), write(2), observe()];
    while (seen.before < 3) await delay(10);
    const begun = performance.now();
    const merged = await send('mutation ($input: MergeChoicesInput!) { mergeChoices(input: $input) { moved } }', {
      input: { type: 'INDUSTRY', loserIds: [idOf('finance')], survivorId: idOf('tech') },
    });
    const mergeMs = performance.now() - begun;
    if (merged.errors) faults.push(`merge: ${JSON.stringify(merged.errors)}`);
    const movedAtKills: number[] = [];
    for (let n = 0; n < kills; n++) {
      const known = await countAt('finance');
      while ((await countAt('finance')) >= known && (await unsettled())) await delay(10);
      server!.kill('SIGKILL');
      await server!.ended;
      movedAtKills.push(total - (await countAt('finance')));
      if (!(await unsettled())) faults.push('the mover had ended before it was killed');
      say(`kill ${n + 1} of ${kills}: ${movedAtKills.at(-1)} of ${total} had moved`);
      await startServer();
    }
    await query('UPDATE choice_pace SET rows_per_second = NULL');
    await untilSettled();
    const settledMs = performance.now() - begun;
    running = false;
    await Promise.all(others);
    if ((await countAt('finance')) > 0) faults.push(`${await countAt('finance')} refs have not moved`);

    say('undoing');
    for (const id of ids.slice(WRITERS_ROWS))
      await send(`mutation { updateLead(id: "${id}", input: { industryRef: { key: "retail" } }) { lead { id } } }`);
    const own = (await query<{ n: number }>(`SELECT count(*)::int AS n FROM lead WHERE industry = 'finance'`))[0]!.n;
    const undoing = performance.now();
    const undone = await send('mutation ($input: UndoChoiceMergeInput!) { undoChoiceMerge(input: $input) { editedCount edited { id } } }', {
      input: { type: 'INDUSTRY', loserId: idOf('finance') },
    });
    await untilSettled();
    const undoneMs = performance.now() - undoing;
    if (undone.errors) faults.push(`undo: ${JSON.stringify(undone.errors)}`);
    const listed = new Set<string>(undone.data?.undoChoiceMerge.edited.map(({ id }: { id: string }) => id));
    faults.push(
      ...ids
        .slice(WRITERS_ROWS)
        .filter((id) => !listed.has(id))
        .map((id) => `edited and not listed: ${id}`),
    );
    faults.push(...[...listed].filter((id) => !ids.includes(id)).map((id) => `listed and not edited: ${id}`));
    if ((await countAt('finance')) !== own)
      faults.push(`${own} records carry the loser's string, ${await countAt('finance')} have its ref`);
    faults.push(...(await verifyRecords(crm.owner.sql, crm.scope)).findings.map((finding) => JSON.stringify(finding)));
    const edited = ids.slice(WRITERS_ROWS).filter((id) => listed.has(id)).length;
    return { seen, written, movedAtKills, mergeMs, settledMs, undoneMs, edited, faults };
  } finally {
    running = false;
    server?.kill('SIGKILL');
    await pool.end();
    await crm.close();
  }
}
