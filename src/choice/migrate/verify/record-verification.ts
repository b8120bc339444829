import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { pruneLegacyWriters } from '../legacy-writers.ts';
import type { FieldReport } from '../report.ts';
import { countUnaccepted } from '../report.ts';
import type { VerifyResult } from '../verify.ts';
import type { Finding } from './finding.ts';

/** The figures of one field and tenant, as they are kept. */
export interface VerificationFigures {
  readonly rows: number;
  readonly mapped: number;
  readonly empty: number;
  readonly missing: number;
  /** All unmapped rows, accepted ones included. */
  readonly unmapped: number;
  readonly accepted: number;
  readonly drift: number;
  readonly quarantined: number;
}

/** Faults per code: in the tenant's own rows and choices, and in what all tenants share. */
export interface VerificationFindings {
  readonly own: Readonly<Record<string, number>>;
  readonly shared: Readonly<Record<string, number>>;
}

/**
 * Keeps what a verification found, for `/metrics`: the latest one per field and tenant. It comes again and again for as long as
 * both columns are written, so it is what keeps the sightings of legacy writers few, too.
 */
export async function recordVerification(db: Sql, { fields, findings }: VerifyResult): Promise<void> {
  const rows = fields.map((report) => ({
    slug: report.tenant,
    field: report.field,
    figures: figuresOf(report),
    findings: {
      own: countByCode(findings.filter((finding) => finding.field === report.field && finding.tenant === report.tenant)),
      shared: countByCode(findings.filter((finding) => finding.field === report.field && finding.tenant === undefined)),
    } satisfies VerificationFindings,
  }));
  await sql`
    INSERT INTO choice_verification (tenant_id, field, figures, findings)
    SELECT tenant.id, verified.field, verified.figures, verified.findings
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS verified (slug text, field text, figures jsonb, findings jsonb)
    JOIN tenant ON tenant.slug = verified.slug
    ORDER BY tenant.id, verified.field
    ON CONFLICT (tenant_id, field)
    DO UPDATE SET verified_at = EXCLUDED.verified_at, figures = EXCLUDED.figures, findings = EXCLUDED.findings`.execute(db);
  await pruneLegacyWriters(db);
}

function figuresOf(report: FieldReport): VerificationFigures {
  const { rows, mapped, empty, missing, drift, quarantined = 0 } = report;
  const unmapped = rows - mapped - empty - missing;
  return { rows, mapped, empty, missing, unmapped, accepted: unmapped - countUnaccepted(report), drift, quarantined };
}

function countByCode(findings: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code, count } of findings) counts[code] = (counts[code] ?? 0) + count;
  return counts;
}
