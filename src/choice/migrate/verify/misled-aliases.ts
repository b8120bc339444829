import { sql } from 'kysely';
import { qualify, quoteLiteral } from '../../../database/identifier.ts';
import { type Finding, listValues, SAMPLES } from './finding.ts';
import { locate, type Verification } from './verification.ts';

/** What can be wrong with the ways from a string to a choice, and the statement that mends all of its kind of one tenant. */
interface Mistake {
  readonly message: string;
  /** Rows of a choice or alias table: tenant, value, and the choice that it is about. */
  readonly select: (choices: string, aliases: string) => string;
  /** `tenant`: its id as a literal. */
  readonly remedy: (choices: string, aliases: string, tenant: string) => string;
}

const NOBODY = (choices: string, reference: string) =>
  `NOT EXISTS (SELECT FROM ${choices} AS other WHERE other.tenant_id = found.tenant_id AND other.id = found.${reference})`;

const MISTAKES: readonly Mistake[] = [
  {
    message: 'keys of choices that are aliases of other choices',
    select: (choices, aliases) => `
      SELECT found.tenant_id, found.legacy_value AS value, choice.id AS choice_id FROM ${aliases} AS found
      JOIN ${choices} AS choice ON choice.tenant_id = found.tenant_id AND choice.key = found.legacy_value AND choice.id <> found.choice_id`,
    remedy: (choices, aliases, tenant) =>
      `UPDATE ${aliases} AS alias SET choice_id = choice.id FROM ${choices} AS choice WHERE alias.tenant_id = ${tenant} ` +
      `AND choice.tenant_id = alias.tenant_id AND choice.key = alias.legacy_value AND choice.id <> alias.choice_id`,
  },
  {
    message: 'keys of choices that are no aliases',
    select: (choices, aliases) => `
      SELECT found.tenant_id, found.key AS value, found.id AS choice_id FROM ${choices} AS found
      WHERE NOT EXISTS (SELECT FROM ${aliases} AS alias WHERE alias.tenant_id = found.tenant_id AND alias.legacy_value = found.key)`,
    remedy: (choices, aliases, tenant) =>
      `INSERT INTO ${aliases} (tenant_id, legacy_value, choice_id) SELECT tenant_id, key, id FROM ${choices} WHERE tenant_id = ${tenant} ` +
      `ON CONFLICT DO NOTHING`,
  },
  {
    message: 'aliases of choices that the tenant does not have',
    select: (choices, aliases) => `
      SELECT found.tenant_id, found.legacy_value AS value, found.choice_id FROM ${aliases} AS found
      WHERE ${NOBODY(choices, 'choice_id')} AND NOT EXISTS (
        SELECT FROM ${choices} AS own WHERE own.tenant_id = found.tenant_id AND own.key = found.legacy_value)`,
    remedy: (choices, aliases, tenant) =>
      `DELETE FROM ${aliases} AS found WHERE found.tenant_id = ${tenant} AND ${NOBODY(choices, 'choice_id')}`,
  },
  {
    message: 'choices that were merged into themselves, into one that was merged, or into one that the tenant does not have',
    select: (choices) => `
      SELECT found.tenant_id, found.key AS value, found.id AS choice_id FROM ${choices} AS found
      LEFT JOIN ${choices} AS root ON root.tenant_id = found.tenant_id AND root.id = found.merged_into_id
      WHERE found.merged_into_id IS NOT NULL AND (root.id IS NULL OR root.merged_into_id IS NOT NULL)`,
    remedy: (choices, _aliases, tenant) =>
      `UPDATE ${choices} AS found SET merged_into_id = NULL WHERE found.tenant_id = ${tenant} AND merged_into_id IS NOT NULL AND NOT EXISTS (` +
      `SELECT FROM ${choices} AS root WHERE root.tenant_id = found.tenant_id AND root.id = found.merged_into_id AND root.merged_into_id IS NULL)`,
  },
];

/** Strings that lead to no choice or to the wrong one because aliases or merges are not what the guards of their tables keep them. */
export async function findMisledAliases(verification: Verification): Promise<Finding[]> {
  const { db, field, tenants, speaksFor } = verification;
  if (!speaksFor.type) return [];
  const [choices, aliases] = [qualify(field.type.table), qualify(field.type.aliasTable)];
  const findings: Finding[] = [];
  for (const { message, select, remedy } of MISTAKES) {
    const { rows } = await sql<{ tenant_id: string; value: string; choice_id: string }>`
      SELECT * FROM (${sql.raw(select(choices, aliases))}) AS mistaken
      WHERE tenant_id = ANY (${tenants.map(({ tenant }) => tenant.id)}::uuid[]) ORDER BY tenant_id, value COLLATE "C"`.execute(db);
    const byTenant = Map.groupBy(rows, (row) => row.tenant_id);
    for (const tenant of tenants) {
      const mistaken = byTenant.get(tenant.tenant.id);
      if (mistaken)
        findings.push({
          ...locate(verification, tenant),
          code: 'ALIAS',
          message: `${message}: ${listValues(mistaken.map((row) => row.value))}`,
          count: mistaken.length,
          sampleIds: [...new Set(mistaken.map((row) => row.choice_id))].slice(0, SAMPLES),
          remedy: remedy(choices, aliases, quoteLiteral(tenant.tenant.id)),
        });
    }
  }
  return findings;
}
