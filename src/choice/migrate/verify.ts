import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { resolveExpression, survivorExpression } from '../derive/resolve.ts';
import { expandFields } from './expand.ts';
import { hasReached } from './phase.ts';
import { countRecords, countUnaccepted, type FieldReport, type Report } from './report.ts';
import type { Scope } from './run.ts';

/** A fault, how many rows have it, and the command that mends it. */
export interface Finding {
  readonly code: 'NOT_EXPANDED' | 'NOT_POPULATED' | 'STRUCTURE' | 'MISSING' | 'UNMAPPED' | 'DRIFT';
  readonly field: string;
  readonly tenant?: string;
  readonly message: string;
  readonly count: number;
  readonly sampleIds: readonly string[];
  readonly remedy: string;
}

export interface VerifyResult extends Report {
  readonly findings: readonly Finding[];
}

const SAMPLES = 5;

/** Compares every row, and the DDL around it, with what the design promises. `ok` is false where something is found. */
export async function verifyRecords(db: Sql, scope: Scope): Promise<VerifyResult> {
  const expanded = await expandFields(db, scope, { dryRun: true, actor: 'verify', onProgress: () => undefined });
  const tenants = scope.tenants ?? (await listTenants(db));
  const fields = await countRecords(db, { ...scope, tenants });

  const findings: Finding[] = [];
  for (const field of scope.fields) {
    const lacking = expanded.fields.find((candidate) => candidate.field === field.coordinate)!;
    const reports = fields.filter((report) => report.field === field.coordinate);
    findings.push(...findStructure(field, lacking, reports), ...(await findUnprotected(db, field)));
    for (const report of reports)
      findings.push(
        ...(await findFaults(
          db,
          field,
          tenants.find((tenant) => tenant.slug === report.tenant)!,
          report,
        )),
      );
  }
  return { ok: findings.length === 0, fields, findings, blockers: [] };
}

function findStructure(
  field: ChoiceField,
  lacking: { changed: boolean; statements: readonly string[] },
  reports: readonly FieldReport[],
): Finding[] {
  if (!lacking.changed) return [];
  const legacy = reports.some((report) => report.phase === 'legacy');
  return [
    {
      code: legacy ? 'NOT_EXPANDED' : 'STRUCTURE',
      field: field.coordinate,
      message: legacy
        ? 'the field is at phase legacy'
        : `not in place: ${lacking.statements.map((statement) => statement.slice(0, 100)).join('; ')}`,
      count: lacking.statements.length,
      sampleIds: [],
      remedy: `choices expand --field ${field.coordinate}`,
    },
  ];
}

/** Without row-level security the API's role sees every tenant's rows. */
async function findUnprotected(db: Sql, field: ChoiceField): Promise<Finding[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM unnest(${[field.table, field.type.table, field.type.aliasTable]}::text[]) AS name
    JOIN pg_class ON pg_class.oid = to_regclass('public.' || quote_ident(name)) WHERE NOT relrowsecurity`.execute(db);
  return rows.map(({ name }) => ({
    code: 'STRUCTURE',
    field: field.coordinate,
    message: `row-level security is off on the table "${name}"`,
    count: 1,
    sampleIds: [],
    remedy: `ALTER TABLE "${name}" ENABLE ROW LEVEL SECURITY`,
  }));
}

async function findFaults(db: Sql, field: ChoiceField, tenant: Tenant, report: FieldReport): Promise<Finding[]> {
  if (report.phase === 'legacy') return [];
  const scope = `--field ${field.coordinate} --tenant ${tenant.slug}`;
  const at = { field: field.coordinate, tenant: tenant.slug };
  if (!hasReached(report.phase, 'populated'))
    return [
      {
        ...at,
        code: 'NOT_POPULATED',
        message: 'the tenant has no choices of this field yet',
        count: report.rows,
        sampleIds: [],
        remedy: `choices populate ${scope}`,
      },
    ];

  const findings: Finding[] = [];
  const unaccepted = countUnaccepted(report);
  const resolved = resolveExpression(field.type, 'record.tenant_id', `record.${field.legacyColumn}`);
  const survivor = survivorExpression(field.type, 'record.tenant_id', `record.${field.refColumn}`);
  const ref = sql`record.${sql.id(field.refColumn)}`;
  if (report.missing > 0) {
    const sampleIds = await sample(db, field, tenant, sql`${ref} IS NULL AND ${sql.raw(resolved)} IS NOT NULL`);
    findings.push({
      ...at,
      code: 'MISSING',
      message: 'rows lack the ref that their legacy value resolves to',
      count: report.missing,
      sampleIds,
      remedy: `choices migrate ${scope}`,
    });
  }
  if (report.drift > 0) {
    const sampleIds = await sample(
      db,
      field,
      tenant,
      sql`${ref} IS NOT NULL AND ${sql.raw(survivor)} IS DISTINCT FROM ${sql.raw(resolved)}`,
    );
    findings.push({
      ...at,
      code: 'DRIFT',
      message: 'rows refer to another choice than their legacy value',
      count: report.drift,
      sampleIds,
      remedy: `choices map ${field.coordinate} --tenant ${tenant.slug} VALUE=KEY --remap`,
    });
  }
  if (unaccepted > 0) {
    const values = report.unmapped.filter((unmapped) => !unmapped.accepted).map((unmapped) => unmapped.value);
    const sampleIds = await sample(
      db,
      field,
      tenant,
      sql`${ref} IS NULL AND record.${sql.id(field.legacyColumn)} = ANY (${values}::text[])`,
    );
    findings.push({
      ...at,
      code: 'UNMAPPED',
      message: `rows carry values that no choice has: ${values
        .slice(0, SAMPLES)
        .map((value) => JSON.stringify(value))
        .join(', ')}${values.length > SAMPLES ? ', …' : ''}`,
      count: unaccepted,
      sampleIds,
      remedy: `choices map ${field.coordinate} --tenant ${tenant.slug} VALUE=KEY, or choices accept ${field.coordinate} --tenant ${tenant.slug} VALUE --reason TEXT`,
    });
  }
  return findings;
}

async function sample(db: Sql, field: ChoiceField, tenant: Tenant, condition: ReturnType<typeof sql>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT record.id FROM ${sql.table(field.table)} AS record WHERE record.tenant_id = ${tenant.id} AND ${condition} ORDER BY record.id LIMIT ${SAMPLES}`.execute(
    db,
  );
  return rows.map((row) => row.id);
}
