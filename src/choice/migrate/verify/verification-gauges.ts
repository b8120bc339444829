import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { Phase } from '../phase.ts';
import type { VerificationFigures, VerificationFindings } from './record-verification.ts';

/** One field as monitoring watches it: over all tenants, no tenant's values. */
export interface VerificationGauges extends VerificationFigures {
  readonly field: string;
  /** How many tenants are at each phase now. */
  readonly tenants: Readonly<Partial<Record<Phase, number>>>;
  /** Faults per code, as the latest recorded verification of each tenant found them. */
  readonly findings: Readonly<Record<string, number>>;
  /** How old the oldest of these verifications is, in seconds; null where none is recorded. */
  readonly oldestSeconds: number | null;
}

interface Recorded extends VerificationFigures {
  readonly field: string;
  readonly verified: readonly VerificationFindings[] | null;
  readonly oldest: number | null;
  readonly phases: Partial<Record<Phase, number>>;
}

const FIGURES = ['rows', 'mapped', 'empty', 'missing', 'unmapped', 'accepted', 'drift', 'quarantined'] as const;

/**
 * What `/metrics` tells of the choice fields that are expanded or were verified: phases as they are, figures and findings as
 * they were last recorded. Reads the control tables only, no record.
 */
export async function readVerificationGauges(db: Sql): Promise<VerificationGauges[]> {
  const { rows } = await sql<Recorded>`
    WITH known AS (
      SELECT field, phase FROM choice_field_state
      UNION ALL
      SELECT DISTINCT field, 'legacy' FROM choice_verification AS verified
      WHERE NOT EXISTS (SELECT FROM choice_field_state AS state WHERE state.field = verified.field)
    )
    SELECT
      known.field,
      (
        SELECT coalesce(jsonb_object_agg(phase, count), '{}') FROM (
          SELECT CASE WHEN known.phase = 'expanded' THEN coalesce(state.phase, known.phase) ELSE known.phase END AS phase, count(*) AS count
          FROM tenant LEFT JOIN choice_tenant_state AS state ON state.tenant_id = tenant.id AND state.field = known.field
          GROUP BY 1
        ) AS counted
      ) AS phases,
      verified.*
    FROM known
    CROSS JOIN LATERAL (
      SELECT
        ${sql.join(FIGURES.map((figure) => sql`coalesce(sum((figures ->> ${figure})::bigint), 0)::float8 AS ${sql.id(figure)}`))},
        jsonb_agg(findings ORDER BY verified_at DESC) AS verified,
        extract(epoch FROM clock_timestamp() - min(verified_at))::float8 AS oldest
      FROM choice_verification WHERE choice_verification.field = known.field
    ) AS verified
    ORDER BY known.field`.execute(db);
  return rows.map(({ phases, verified, oldest, ...figures }) => ({
    ...figures,
    tenants: phases,
    findings: sumFindings(verified ?? []),
    oldestSeconds: oldest,
  }));
}

/** What all tenants share was found anew with each of them: the newest verification tells it. */
function sumFindings(newestFirst: readonly VerificationFindings[]): Record<string, number> {
  const counts: Record<string, number> = { ...newestFirst[0]?.shared };
  for (const { own } of newestFirst) for (const [code, count] of Object.entries(own)) counts[code] = (counts[code] ?? 0) + count;
  return counts;
}
