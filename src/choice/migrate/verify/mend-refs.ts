import { sql } from 'kysely';
import { qualify, quoteIdentifier, quoteLiteral } from '../../../database/identifier.ts';
import { legacyExpression } from '../../derive/legacy-value.ts';
import type { Remedy } from './finding.ts';
import type { RecordGroup } from './record-groups.ts';
import type { TenantVerification, Verification } from './verification.ts';

/** Groups that one remedy mends. */
interface Mending {
  readonly groups: readonly RecordGroup[];
  readonly remedy: Remedy;
}

interface NamedChoice {
  readonly id: string;
  readonly key: string;
  readonly deleted: boolean;
}

/** As many pairs as one command names. */
const MOST_PAIRS = 50;

/** How rows whose ref is wrong are put right without losing their string, by what their string and their ref still tell. */
export async function mendRefs(
  verification: Verification,
  { tenant }: TenantVerification,
  groups: readonly RecordGroup[],
): Promise<Mending[]> {
  if (groups.length === 0) return [];
  const choices = await readChoices(verification, tenant.id, groups);
  const { field } = verification;
  const map = ['map', field.coordinate, '--tenant', tenant.slug, '--remap'];

  // The choice that the string names, else the one that the ref names and the string is to name from now on.
  const keyOf = (group: RecordGroup) =>
    [group.resolved, group.survivor].map((id) => choices.get(id!)).find((choice) => choice && !choice.deleted)?.key;
  const kindOf = (group: RecordGroup) => {
    const isBlank = group.value === null || group.value === '';
    if (choices.get(group.survivor!)?.deleted && group.resolved === null) return 'deleted';
    if (isBlank) return group.survivor === null ? 'unknown' : 'blank';
    return keyOf(group) === undefined ? 'unmapped' : 'mapped';
  };
  const remedies = {
    mapped: (some: readonly RecordGroup[]) => ({
      remedy: `choices ${map.join(' ')} VALUE=KEY`,
      command: [...map, ...new Set(some.slice(0, MOST_PAIRS).map((group) => `${group.value}=${keyOf(group)}`))],
    }),
    unmapped: () => ({ remedy: `choices ${map.join(' ')} VALUE=KEY, twice: the value is mapped first, then its rows move` }),
    blank: () => ({ remedy: nameChoice(verification, tenant.id) }),
    unknown: (some: readonly RecordGroup[]) => ({ remedy: clearRefs(verification, tenant.id, some) }),
    deleted: (some: readonly RecordGroup[]) => ({ remedy: restoreChoices(verification, tenant.id, some) }),
  };
  return [...Map.groupBy(groups, kindOf)].map(([kind, some]) => ({ groups: some, remedy: remedies[kind](some) }));
}

/** The ref is the only thing that says anything: the string follows it. */
function nameChoice({ field, storage }: Verification, tenantId: string): string {
  if (storage === 'archive')
    return (
      `DELETE FROM ${qualify('choice_archive')} WHERE tenant_id = ${quoteLiteral(tenantId)} AND field = ${quoteLiteral(field.coordinate)} ` +
      `AND ref IS NOT NULL AND coalesce(legacy_value, '') = ''`
    );
  const legacy = quoteIdentifier(field.legacyColumn);
  return (
    `UPDATE ${qualify(field.table)} AS record SET ${legacy} = choice.key FROM ${qualify(field.type.table)} AS choice ` +
    `WHERE choice.tenant_id = record.tenant_id AND choice.id = record.${quoteIdentifier(field.refColumn)} AND choice.deleted_at IS NULL ` +
    `AND record.tenant_id = ${quoteLiteral(tenantId)} AND coalesce(record.${legacy}, '') = ''`
  );
}

/** Neither string nor ref says anything. */
function clearRefs({ field, storage }: Verification, tenantId: string, groups: readonly RecordGroup[]): string {
  const ref = quoteIdentifier(field.refColumn);
  return (
    `UPDATE ${qualify(field.table)} AS record SET ${ref} = NULL WHERE record.tenant_id = ${quoteLiteral(tenantId)} ` +
    `AND record.${ref} IN (${list(groups.map((group) => group.ref!))}) AND coalesce(${legacyExpression(field, storage)}, '') = ''`
  );
}

function restoreChoices({ field }: Verification, tenantId: string, groups: readonly RecordGroup[]): string {
  return `UPDATE ${qualify(field.type.table)} SET deleted_at = NULL WHERE tenant_id = ${quoteLiteral(tenantId)} AND id IN (${list(groups.map((group) => group.survivor!))})`;
}

function list(ids: readonly string[]): string {
  return [...new Set(ids)].map(quoteLiteral).join(', ');
}

async function readChoices(
  { db, field }: Verification,
  tenantId: string,
  groups: readonly RecordGroup[],
): Promise<Map<string, NamedChoice>> {
  const ids = groups.flatMap((group) => [group.resolved, group.survivor]).filter((id) => id !== null);
  const { rows } = await sql<NamedChoice>`
    SELECT id, key, deleted_at IS NOT NULL AS deleted FROM ${sql.table(field.type.table)}
    WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}
