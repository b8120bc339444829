import { sql } from 'kysely';
import { Gauge, Registry } from 'prom-client';
import type { Sql } from '../database/owner-database.ts';
import { readThrough } from '../database/read.ts';
import { formatHead, readLatestHeads } from './audit/chain-head.ts';
import { readVerificationGauges } from './migrate/verify/verification-gauges.ts';
import { listLiveProcesses } from './processes.ts';
import { readRevision } from './rules.ts';

/** Whoever scrapes more often gets what was read last, in milliseconds. */
const READ_EVERY_MS = 5_000;
/** How long each statement of a reading may take, in milliseconds. Whoever asked may have given up before. */
const STATEMENT_MS = 2_000;

/** How many chains of changes are told of: those that changed last. What changed before was told then. */
const MOST_CHAINS = 1_000;

interface Progress {
  readonly field: string;
  readonly storage: string;
  readonly wanted: number;
  readonly paused: number;
  readonly failing: number;
  readonly done: number;
  readonly total: number;
}

/**
 * The state of the choice fields as Prometheus text whenever it is asked for: read as the owner from the control tables, never
 * from records, and at most every five seconds. Figures are those of the latest recorded verification. No tenant is named: the heads of
 * their chains of changes, of 1,000 at most, go by their ids.
 */
export function createChoiceMetrics(db: Sql, now: () => number = () => performance.now()): () => Promise<string> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge<Label>({ name, help, labelNames, registers: [registry] });
  const tenants = gauge('choice_tenants', 'Tenants of a choice field by the phase that they are at.', 'field', 'phase');
  const archived = gauge(
    'choice_storage_archive',
    '1 where servers read the legacy string from the archive, 0 where from its column.',
    'field',
  );
  const rows = gauge(
    'choice_rows',
    'Rows of a choice field by state, as last verified; their sum is the number of rows.',
    'field',
    'state',
  );
  const accepted = gauge('choice_rows_accepted', 'Unmapped rows whose value somebody accepted, as last verified.', 'field');
  const drift = gauge('choice_rows_drift', 'Mapped rows whose ref is not what their legacy value resolves to, as last verified.', 'field');
  const quarantined = gauge('choice_rows_quarantined', 'Rows that no batch could write, as last verified.', 'field');
  const findings = gauge('choice_findings', 'Faults that the latest verification found, by code.', 'field', 'code');
  const verified = gauge('choice_verification_age_seconds', 'Age of the oldest of the tenants’ latest verifications.', 'field');
  const parts = gauge(
    'choice_backfill_parts',
    'Tenants of a choice field whose backfill is wanted, paused, or waits after a failure.',
    'field',
    'state',
  );
  const progress = gauge('choice_backfill_rows', 'Rows that the wanted backfills had to do and have done.', 'field', 'state');
  const processes = gauge('choice_processes', 'Servers and workers that run.', 'kind');
  const writes = gauge(
    'choice_write_seconds',
    'How long the slowest twentieth of the latest writes took, in the slowest process of a kind.',
    'kind',
  );
  const revision = gauge('choice_revision', 'Counts the changes that running servers follow.');
  const chains = gauge('choice_audit_chains', 'Chains of recorded changes: one per tenant, and the platform’s own.');
  const sequence = gauge('choice_audit_sequence', 'Changes recorded in a chain, of the 1,000 chains that changed last.', 'tenant');
  const head = gauge(
    'choice_audit_head_info',
    'The head of a chain: what "choices audit verify --expect" takes. Always 1.',
    'tenant',
    'head',
  );
  const gauges = [
    tenants,
    archived,
    rows,
    accepted,
    drift,
    quarantined,
    findings,
    verified,
    parts,
    progress,
    processes,
    writes,
    revision,
    chains,
    sequence,
    head,
  ];

  const read = async () => {
    const state = await db.transaction().execute(async (transaction) => {
      await sql`SELECT set_config('statement_timeout', ${String(STATEMENT_MS)}, true)`.execute(transaction);
      return {
        verification: await readVerificationGauges(transaction),
        progress: await readProgress(transaction),
        processes: await listLiveProcesses(transaction),
        revision: await readRevision(readThrough(transaction)),
        audit: await readLatestHeads(transaction, MOST_CHAINS),
      };
    });
    // A field or a code that is gone is not to be told for ever.
    for (const each of gauges) each.reset();
    for (const { field, ...figures } of state.verification) {
      for (const [phase, count] of Object.entries(figures.tenants)) tenants.set({ field, phase }, count);
      for (const name of ['mapped', 'empty', 'missing', 'unmapped'] as const) rows.set({ field, state: name }, figures[name]);
      accepted.set({ field }, figures.accepted);
      drift.set({ field }, figures.drift);
      quarantined.set({ field }, figures.quarantined);
      for (const [code, count] of Object.entries(figures.findings)) findings.set({ field, code }, count);
      if (figures.oldestSeconds !== null) verified.set({ field }, figures.oldestSeconds);
    }
    for (const { field, storage, ...counts } of state.progress) {
      archived.set({ field }, storage === 'archive' ? 1 : 0);
      for (const name of ['wanted', 'paused', 'failing'] as const) parts.set({ field, state: name }, counts[name]);
      for (const name of ['done', 'total'] as const) progress.set({ field, state: name }, counts[name]);
    }
    for (const kind of ['server', 'worker']) {
      const live = state.processes.filter((process) => process.kind === kind);
      processes.set({ kind }, live.length);
      const slowest = Math.max(...live.map(({ writeMilliseconds }) => writeMilliseconds ?? -Infinity));
      if (slowest > -Infinity) writes.set({ kind }, slowest / 1_000);
    }
    revision.set(state.revision);
    chains.set(state.audit.chains);
    for (const { tenant, ...latest } of state.audit.heads) {
      sequence.set({ tenant }, latest.sequence);
      head.set({ tenant, head: formatHead(latest) }, 1);
    }
  };

  let reading: Promise<void> | undefined;
  let readAt = -Infinity;
  return async () => {
    if (now() - readAt >= READ_EVERY_MS)
      reading ??= read()
        .then(() => void (readAt = now()))
        .finally(() => (reading = undefined));
    await reading;
    return registry.metrics();
  };
}

async function readProgress(db: Sql): Promise<Progress[]> {
  const { rows } = await sql<Progress>`
    SELECT
      state.field, state.storage,
      count(*) FILTER (WHERE wanted)::int AS wanted,
      count(*) FILTER (WHERE wanted AND paused_by IS NOT NULL)::int AS paused,
      count(*) FILTER (WHERE wanted AND retry_at IS NOT NULL)::int AS failing,
      coalesce(sum(done) FILTER (WHERE wanted), 0)::float8 AS done,
      coalesce(sum(total) FILTER (WHERE wanted), 0)::float8 AS total
    FROM choice_field_state AS state LEFT JOIN choice_tenant_state AS part USING (field)
    GROUP BY state.field ORDER BY state.field`.execute(db);
  return rows;
}
