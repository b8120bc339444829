import { sql } from 'kysely';
import { qualify, quoteLiteral } from '../../../database/identifier.ts';
import { type Finding, listValues, SAMPLES } from './finding.ts';
import { locate, type Verification } from './verification.ts';

interface Twin {
  readonly tenant_id: string;
  readonly id: string;
  readonly label: string;
}

/** Choices of one tenant that nobody can tell apart. The unique index keeps them out, unless it was gone. */
export async function findDuplicateLabels(verification: Verification): Promise<Finding[]> {
  const { db, field, tenants, speaksFor } = verification;
  if (!speaksFor.type) return [];
  const { rows } = await sql<Twin>`
    SELECT tenant_id, id, label FROM (
      SELECT tenant_id, id, label, count(*) OVER (PARTITION BY tenant_id, choice_label_key(label)) AS bearers
      FROM ${sql.table(field.type.table)}
      WHERE deleted_at IS NULL AND tenant_id = ANY (${tenants.map(({ tenant }) => tenant.id)}::uuid[])
    ) AS choice
    WHERE bearers > 1 ORDER BY tenant_id, choice_label_key(label), id`.execute(db);
  const byTenant = Map.groupBy(rows, (row) => row.tenant_id);
  return tenants.flatMap((tenant) => {
    const twins = byTenant.get(tenant.tenant.id);
    if (!twins) return [];
    return {
      ...locate(verification, tenant),
      code: 'DUPLICATE_LABELS' as const,
      message: `choices with the same label: ${listValues(twins.map((twin) => twin.label))}`,
      count: twins.length,
      sampleIds: twins.slice(0, SAMPLES).map((twin) => twin.id),
      remedy:
        `UPDATE ${qualify(field.type.table)} SET label = 'ANOTHER LABEL' WHERE tenant_id = ${quoteLiteral(tenant.tenant.id)} ` +
        `AND id = ${quoteLiteral(twins[0]!.id)}`,
    };
  });
}
