import { sql } from 'kysely';
import { qualify, quoteIdentifier } from '../../../database/identifier.ts';
import { normalizeDefinition } from '../../derive/definition.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verification.ts';

/** A policy that keeps tenants apart. */
interface TenantPolicy {
  readonly table: string;
  readonly name: string;
  readonly command: 'ALL' | 'SELECT';
  readonly using: string;
}

const OWN = 'tenant_id = (SELECT current_tenant_id())';
const CONTROL_POLICIES: readonly TenantPolicy[] = [
  isolation('choice_archive'),
  isolation('choice_default'),
  isolation('choice_merge'),
  isolation('choice_merge_row'),
  { table: 'tenant', name: 'tenant_read', command: 'SELECT', using: 'id = (SELECT current_tenant_id())' },
  { table: 'choice_tenant_state', name: 'choice_tenant_state_read', command: 'SELECT', using: OWN },
  { table: 'choice_acceptance', name: 'choice_acceptance_read', command: 'SELECT', using: OWN },
  { table: 'choice_quarantine', name: 'choice_quarantine_read', command: 'SELECT', using: OWN },
  { table: 'choice_change', name: 'choice_change_read', command: 'SELECT', using: OWN },
  { table: 'choice_phase_change', name: 'choice_phase_change_read', command: 'SELECT', using: `tenant_id IS NULL OR ${OWN}` },
];

/** Tables on which the API's role sees more than its tenant's rows: row-level security is off, its policy is another one, or another policy opens more. */
export async function findRowSecurityOff({ db, field, speaksFor }: Verification): Promise<Finding[]> {
  const expected = [
    ...(speaksFor.table ? [isolation(field.table)] : []),
    ...(speaksFor.type ? [isolation(field.type.table), isolation(field.type.aliasTable)] : []),
    ...(speaksFor.database ? CONTROL_POLICIES : []),
  ];
  const { rows } = await sql<{
    table: string;
    enabled: boolean;
    policies: { name: string; command: string; using: string; plain: boolean; permissive: boolean }[];
  }>`
    SELECT name AS table, relrowsecurity AS enabled, coalesce((
      SELECT jsonb_agg(jsonb_build_object(
        'name', polname, 'command', polcmd, 'using', pg_get_expr(polqual, polrelid),
        'permissive', polpermissive, 'plain', polpermissive AND polroles = '{0}' AND polwithcheck IS NULL))
      FROM pg_policy WHERE polrelid = pg_class.oid
    ), '[]') AS policies
    FROM unnest(${expected.map(({ table }) => table)}::text[]) AS name
    JOIN pg_class ON pg_class.oid = to_regclass('public.' || quote_ident(name))`.execute(db);
  return expected.flatMap((policy) => {
    const found = rows.find((row) => row.table === policy.table);
    const at = { code: 'ROW_SECURITY' as const, field: field.coordinate, count: 1, sampleIds: [] };
    const faults: Finding[] = [];
    if (!found?.enabled)
      faults.push({
        ...at,
        message: `row-level security is off on the table "${policy.table}"`,
        remedy: `ALTER TABLE ${qualify(policy.table)} ENABLE ROW LEVEL SECURITY`,
      });
    const actual = found?.policies.find((candidate) => candidate.name === policy.name);
    const isAsMade =
      actual?.plain &&
      actual.command === (policy.command === 'ALL' ? '*' : 'r') &&
      normalizePolicy(actual.using) === normalizePolicy(policy.using);
    if (!isAsMade)
      faults.push({
        ...at,
        message: `the policy "${policy.name}" of "${policy.table}" is ${actual ? 'not as it was made' : 'missing'}`,
        remedy: `${actual ? `DROP POLICY ${quoteIdentifier(policy.name)} ON ${qualify(policy.table)}; ` : ''}${createPolicy(policy)}`,
      });
    // Permissive policies are joined by OR: one more lets more rows through, never fewer.
    for (const { name, permissive } of found?.policies ?? [])
      if (permissive && name !== policy.name)
        faults.push({
          ...at,
          message: `the policy "${name}" of "${policy.table}" lets rows through past "${policy.name}"`,
          remedy: `DROP POLICY ${quoteIdentifier(name)} ON ${qualify(policy.table)}`,
        });
    return faults;
  });
}

function isolation(table: string): TenantPolicy {
  return { table, name: 'tenant_isolation', command: 'ALL', using: OWN };
}

function createPolicy({ table, name, command, using }: TenantPolicy): string {
  return `CREATE POLICY ${quoteIdentifier(name)} ON ${qualify(table)} FOR ${command} USING (${using})`;
}

/** PostgreSQL prints a name for the subquery's column. */
function normalizePolicy(expression: string): string {
  return normalizeDefinition(expression).replace('ascurrent_tenant_id', '');
}
