import { sql } from 'kysely';
import { type Finding, listValues, SAMPLES } from './finding.ts';
import { locate, type Verification } from './verification.ts';

interface DeadAlias {
  readonly tenant_id: string;
  readonly legacy_value: string;
  readonly choice_id: string;
}

/** Aliases that lead to a deleted choice: their strings resolve to nothing. A choice's own key stays with it, deleted or not. */
export async function findAliasesOfDeleted(verification: Verification): Promise<Finding[]> {
  const { db, field, tenants, speaksFor } = verification;
  if (!speaksFor.type) return [];
  const { rows } = await sql<DeadAlias>`
    SELECT alias.tenant_id, alias.legacy_value, alias.choice_id
    FROM ${sql.table(field.type.aliasTable)} AS alias
    JOIN ${sql.table(field.type.table)} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
    JOIN ${sql.table(field.type.table)} AS survivor
      ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
    WHERE alias.tenant_id = ANY (${tenants.map(({ tenant }) => tenant.id)}::uuid[])
      AND survivor.deleted_at IS NOT NULL AND alias.legacy_value <> choice.key
    ORDER BY alias.tenant_id, alias.legacy_value`.execute(db);
  const byTenant = Map.groupBy(rows, (row) => row.tenant_id);
  return tenants.flatMap((tenant) => {
    const aliases = byTenant.get(tenant.tenant.id);
    if (!aliases) return [];
    return {
      ...locate(verification, tenant),
      code: 'ALIAS_OF_DELETED' as const,
      message: `aliases of deleted choices: ${listValues(aliases.map((alias) => alias.legacy_value))}`,
      count: aliases.length,
      sampleIds: [...new Set(aliases.map((alias) => alias.choice_id))].slice(0, SAMPLES),
      remedy: `choices map ${field.coordinate} --tenant ${tenant.tenant.slug} --remap VALUE=KEY`,
    };
  });
}
