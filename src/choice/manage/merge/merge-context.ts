import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceType } from '../../choice-field.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ChoiceRules } from '../../rules.ts';
import type { RefPart } from './move-rows.ts';

/** Who merges choices of which tenant, and the rules by which its records are read. */
export interface MergeContext {
  readonly registry: ChoiceRegistry;
  readonly tenant: Tenant;
  readonly rules: ChoiceRules;
  readonly actor: string;
  /** Id of the API's request. */
  readonly request?: string | undefined;
}

/** How many records move in the transaction that merges, or undoes: writers of their choices wait meanwhile. */
export const MOST_AT_ONCE = 500;

/** A choice as a merge finds it. */
export interface MergedChoice {
  readonly id: string;
  readonly key: string;
  readonly label: string;
  readonly version: number;
  readonly active: boolean;
  readonly system: boolean;
  readonly mergedIntoId: string | null;
  readonly deleted: boolean;
}

export async function readChoices(db: Sql, type: ChoiceType, tenantId: string, ids: readonly string[]): Promise<Map<string, MergedChoice>> {
  const { rows } = await sql<MergedChoice>`
    SELECT id, key, label, version, active, system, merged_into_id AS "mergedIntoId", deleted_at IS NOT NULL AS deleted
    FROM ${sql.table(type.table)} WHERE tenant_id = ${tenantId} AND id = ANY (${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Has the records that are left follow, once the transaction is committed. Answers the run's id. */
export async function requestMergeRun(transaction: Sql, { tenant, actor }: MergeContext, parts: readonly RefPart[]): Promise<string> {
  const { rows } = await sql<{ run: string }>`
    SELECT request_merge_run(${tenant.id}, ${parts.map(({ field }) => field.coordinate)}::text[], ${actor}) AS run`.execute(transaction);
  return rows[0]!.run;
}
