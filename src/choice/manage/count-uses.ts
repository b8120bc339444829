import { sql } from 'kysely';
import type { Read } from '../../database/read.ts';
import type { ChoiceField, ChoiceType } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import type { ChoiceRules } from '../rules.ts';

/** Whose choices of which type, and the rules by which records are read. */
export interface ChoiceUseScope {
  readonly registry: ChoiceRegistry;
  readonly type: ChoiceType;
  readonly tenantId: string;
  readonly rules: ChoiceRules;
}

/** How many records of one field answer a choice. */
export interface FieldUse {
  readonly field: ChoiceField;
  readonly records: number;
}

/** The uses of a choice: one for each field of its type, in declared order, zeros included. */
export type ChoiceUses = (choiceId: string) => readonly FieldUse[];

/**
 * Counts the records that answer each choice, as `industryRef` answers: the ref's survivor; without a ref, what the legacy value resolves
 * to, unless the ref alone is read. So a merged choice has none: they are its survivor's. `choiceIds`: the survivors to count, all
 * if not said otherwise. One statement per field of the type, however many choices.
 */
export async function countChoiceUses(read: Read, scope: ChoiceUseScope, choiceIds?: readonly string[]): Promise<ChoiceUses> {
  const fields = scope.registry.fieldsOfType(scope.type);
  const counted: { readonly field: ChoiceField; readonly records: ReadonlyMap<string, number> }[] = [];
  // One connection carries one statement at a time.
  for (const field of fields) counted.push({ field, records: await countField(read, scope, field, choiceIds) });
  return (choiceId) => counted.map(({ field, records }) => ({ field, records: records.get(choiceId.toLowerCase()) ?? 0 }));
}

/** Uses as errors and plans tell them: the fields that have any. */
export function describeUses(uses: readonly FieldUse[]): { readonly field: string; readonly records: number }[] {
  return uses.filter(({ records }) => records > 0).map(({ field, records }) => ({ field: field.coordinate, records }));
}

export function sumRecords(uses: readonly { readonly records: number }[]): number {
  return uses.reduce((sum, { records }) => sum + records, 0);
}

/** Rows are grouped along an index before choices are looked up: of refs and strings there are few. */
async function countField(
  read: Read,
  { type, tenantId, rules }: ChoiceUseScope,
  field: ChoiceField,
  choiceIds: readonly string[] | undefined,
): Promise<ReadonlyMap<string, number>> {
  const choices = sql.table(type.table);
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const legacy = sql`record.${sql.id(field.legacyColumn)}`;
  const ids = sql`${choiceIds === undefined ? null : [...choiceIds]}::uuid[]`;
  const isWanted = (survivor: ReturnType<typeof sql>) => (choiceIds === undefined ? sql`true` : sql`${survivor} = ANY (${ids})`);
  const aliases = sql`
        FROM ${sql.table(type.aliasTable)} AS alias
        JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
        JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
        WHERE alias.tenant_id = ${tenantId} AND survivor.deleted_at IS NULL AND ${isWanted(sql`survivor.id`)}`;
  const named =
    choiceIds === undefined
      ? sql`${ref} IS NOT NULL`
      : sql`${ref} = ANY (ARRAY(
          SELECT choice.id FROM ${choices} AS choice
          WHERE choice.tenant_id = ${tenantId} AND coalesce(choice.merged_into_id, choice.id) = ANY (${ids})
        ))`;
  const byString = sql`
      UNION ALL
      SELECT resolved.id, counted.records
      FROM (
        SELECT ${legacy} COLLATE "C" AS value, count(*) AS records FROM ${sql.table(field.table)} AS record
        WHERE record.tenant_id = ${tenantId} AND ${ref} IS NULL AND ${legacy} <> ''
          ${choiceIds === undefined ? sql`` : sql`AND ${legacy} = ANY (ARRAY(SELECT alias.legacy_value ${aliases}))`}
        GROUP BY 1
      ) AS counted
      JOIN (SELECT alias.legacy_value AS value, survivor.id ${aliases}) AS resolved USING (value)`;
  const rows = await read(sql<{ id: string; records: number }>`
    SELECT id, sum(records)::int AS records
    FROM (
      SELECT coalesce(choice.merged_into_id, choice.id) AS id, counted.records
      FROM (
        SELECT ${ref} AS ref, count(*) AS records FROM ${sql.table(field.table)} AS record
        WHERE record.tenant_id = ${tenantId} AND ${named} GROUP BY 1
      ) AS counted
      JOIN ${choices} AS choice ON choice.tenant_id = ${tenantId} AND choice.id = counted.ref
      ${rules.readsRefAlone(field, tenantId) ? sql`` : byString}
    ) AS part
    GROUP BY id`);
  return new Map(rows.map(({ id, records }) => [id, records]));
}
