import { sql } from 'kysely';
import { type Read } from '../../database/read.ts';
import type { Choice } from '../choice.ts';
import type { ChoiceField } from '../choice-field.ts';
import { selectChoice } from './choice-columns.ts';
import { resolveExpression } from './resolve.ts';

/** One entry of a form's list. While the tenant has no choices it has no id and no choice behind it. */
export interface ChoiceOption {
  readonly id: string | null;
  readonly key: string;
  readonly label: string;
  readonly active: boolean;
  readonly choice: Choice | null;
}

/** What a form may offer, and where the list comes from. */
export interface ChoiceOptions {
  readonly source: 'DYNAMIC' | 'HARDCODED';
  readonly required: boolean;
  readonly options: readonly ChoiceOption[];
  /** The one that a new record takes which names none. */
  readonly default: ChoiceOption | null;
}

/** The tenant's active choices in order, and `currentId`'s survivor too if it is inactive; the hardcoded list while there are none. */
export async function readChoiceOptions(
  read: Read,
  tenantId: string,
  field: ChoiceField,
  currentId: string | undefined,
): Promise<ChoiceOptions> {
  const choices = sql.table(field.type.table);
  const current =
    currentId === undefined
      ? sql`NULL::uuid`
      : sql`(SELECT coalesce(merged_into_id, id) FROM ${choices} WHERE tenant_id = ${tenantId} AND id = ${currentId})`;
  // Of one snapshot: a tenant that gets its choices at this moment has them all or none.
  const rows = await read(sql<Choice & { id: string | null; hasChoices: boolean; isDefault: boolean }>`
    SELECT
      ${selectChoice(field.type, 'choice')}, EXISTS (SELECT FROM ${choices} WHERE tenant_id = ${tenantId}) AS "hasChoices",
      choice.active AND choice.id = coalesce(
        (SELECT own.choice_id FROM choice_default AS own WHERE own.tenant_id = ${tenantId} AND own.field = ${field.coordinate}),
        ${sql.raw(resolveExpression(field.type, 'given.tenant_id', 'given.preset'))}
      ) AS "isDefault"
    FROM (SELECT ${tenantId}::uuid AS tenant_id, ${field.default}::text AS preset) AS given LEFT JOIN ${choices} AS choice
      ON choice.tenant_id = ${tenantId} AND choice.deleted_at IS NULL AND choice.merged_into_id IS NULL AND (choice.active OR choice.id = ${current})
    ORDER BY choice.position, choice.id`);
  if (!rows[0]!.hasChoices) {
    const options = field.hardcoded.map(([key, label]) => ({ id: null, key, label, active: true, choice: null }));
    return { source: 'HARDCODED', required: field.required, options, default: options.find(({ key }) => key === field.default) ?? null };
  }
  const listed = rows
    .filter(({ id }) => id !== null)
    .map(({ hasChoices: _, isDefault, ...choice }) => ({
      isDefault,
      option: { id: choice.id, key: choice.key, label: choice.label, active: choice.active, choice },
    }));
  return {
    source: 'DYNAMIC',
    required: field.required,
    options: listed.map(({ option }) => option),
    default: listed.find(({ isDefault }) => isDefault)?.option ?? null,
  };
}

/** The keys that may be newly chosen, in order: what an error about an unknown value names. */
export async function listAllowedKeys(read: Read, tenantId: string, field: ChoiceField) {
  const { source, options } = await readChoiceOptions(read, tenantId, field, undefined);
  return { source, keys: options.map((option) => option.key) };
}
