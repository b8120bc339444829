import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import { UsageError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import { lockChains } from '../audit/lock-chains.ts';
import type { ChoiceField } from '../choice-field.ts';
import { resolveExpression } from '../derive/resolve.ts';
import { readRules } from '../rules.ts';
import { countValue } from './count-value.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions } from './run.ts';

export interface Acceptance {
  readonly field: ChoiceField;
  readonly tenant: Tenant;
  readonly values: readonly string[];
  readonly reason: string;
}

export interface AcceptResult {
  readonly ok: true;
  readonly accepted: readonly { readonly value: string; readonly count: number; readonly added: boolean }[];
}

interface Candidate {
  readonly value: string;
  readonly count: number;
  readonly resolves: boolean;
  readonly known: boolean;
}

/**
 * Records that values may stay unmapped, by name and with a reason; all or none. A value accepted before keeps its first record.
 * @throws UsageError for a value that is mapped, that no row carries, or a reason that is empty.
 */
export async function acceptValues(db: Sql, acceptance: Acceptance, options: RunOptions): Promise<AcceptResult> {
  const { field, tenant, values, reason } = acceptance;
  if (reason.trim() === '') throw new UsageError('An acceptance needs a reason, got an empty one');
  if (values.includes('')) throw new UsageError('An empty value means "no choice": there is nothing to accept');
  await assertSeesEveryRow(db, [field]);
  return db.transaction().execute(async (transaction) => {
    const candidates = await readCandidates(transaction, acceptance);
    for (const { value, resolves, count } of candidates) {
      if (resolves) throw new UsageError(`${JSON.stringify(value)} is mapped to a choice of ${tenant.slug}: there is nothing to accept`);
      if (count === 0) throw new UsageError(`No row of ${field.coordinate} of ${tenant.slug} carries the value ${JSON.stringify(value)}`);
    }
    if (!options.dryRun) await insertAcceptances(transaction, acceptance, candidates, options);
    return { ok: true, accepted: candidates.map(({ value, count, known }) => ({ value, count, added: !known })) };
  });
}

async function insertAcceptances(
  transaction: Sql,
  { field, tenant, reason }: Acceptance,
  candidates: readonly Candidate[],
  { actor, request }: RunOptions,
): Promise<void> {
  await lockChains(transaction, [tenant.id]);
  for (const { value, count } of candidates) {
    await describeChange(transaction, { actor, request, operation: 'accept', reason, records: count });
    await sql`
      INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by)
      VALUES (${tenant.id}, ${field.coordinate}, ${value}, ${reason}, ${actor}) ON CONFLICT DO NOTHING`.execute(transaction);
  }
}

async function readCandidates(db: Sql, { field, tenant, values }: Acceptance): Promise<Candidate[]> {
  const rules = await readRules(readThrough(db));
  const { rows } = await sql<Omit<Candidate, 'count'>>`
    SELECT
      wanted.value,
      ${sql.raw(resolveExpression(field.type, 'wanted.tenant_id', 'wanted.value'))} IS NOT NULL AS resolves,
      EXISTS (SELECT FROM choice_acceptance WHERE tenant_id = wanted.tenant_id AND field = ${field.coordinate} AND legacy_value = wanted.value) AS known
    FROM (SELECT DISTINCT value, ${tenant.id}::uuid AS tenant_id FROM unnest(${[...values]}::text[]) AS value) AS wanted
    ORDER BY wanted.value COLLATE "C"`.execute(db);
  const candidates: Candidate[] = [];
  for (const row of rows) candidates.push({ ...row, count: await countValue(db, field, tenant, rules, row.value) });
  return candidates;
}
