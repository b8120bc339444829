import type { ClientBase } from 'pg';
import type { ChoiceField, ChoiceType } from '../../src/choice/choice-field.ts';

/** Choices of every kind that one tenant has of a field's type. Every value fits the shortest legacy column. */
export interface ChoiceSamples {
  /** Two choices, neither of them the field's default. */
  readonly first: Sample;
  readonly second: Sample;
  /** The choice that the column's default names, where it names one. */
  readonly preset: Sample | undefined;
  /** Was merged into `second`. */
  readonly merged: Sample;
  readonly deleted: Sample;
}

export interface Sample {
  readonly id: string;
  readonly key: string;
}

/** Aliases of `first`, of `merged` and of `deleted`. */
export const FIRST_ALIAS = 'Old  Name';
export const MERGED_ALIAS = 'Was merged';
export const DELETED_ALIAS = 'Gone';
/** No alias. */
export const UNKNOWN = 'Mystery';
/** No choice's id. */
export const NOBODY = '00000000-0000-7000-8000-000000000000';

/** Adds a merged choice, a deleted one and aliases to a tenant that is populated. */
export async function addSamples(
  owner: ClientBase,
  type: ChoiceType,
  tenantId: string,
  secondKey: string,
  firstKey: string,
): Promise<void> {
  const add = (key: string) =>
    owner
      .query<{ id: string }>(`INSERT INTO ${type.table} (tenant_id, key, label, position) VALUES ($1, $2, $2, 99) RETURNING id`, [
        tenantId,
        key,
      ])
      .then(({ rows }) => rows[0]!.id);
  const alias = (value: string, key: string) =>
    owner.query(
      `INSERT INTO ${type.aliasTable} (tenant_id, legacy_value, choice_id) SELECT tenant_id, $2, id FROM ${type.table} WHERE tenant_id = $1 AND key = $3`,
      [tenantId, value, key],
    );
  const merged = await add('merged');
  const deleted = await add('deleted');
  await owner.query(
    `UPDATE ${type.table} SET merged_into_id = (SELECT id FROM ${type.table} WHERE tenant_id = $1 AND key = $2) WHERE tenant_id = $1 AND id = $3`,
    [tenantId, secondKey, merged],
  );
  await owner.query(`UPDATE ${type.table} SET deleted_at = now() WHERE tenant_id = $1 AND id = $2`, [tenantId, deleted]);
  await alias(FIRST_ALIAS, firstKey);
  await alias(MERGED_ALIAS, 'merged');
  await alias(DELETED_ALIAS, 'deleted');
}

/** Keys of two hardcoded choices that are no field's default: the last one and the one before it. */
export function sampleKeys(type: ChoiceType, fields: readonly ChoiceField[]): [first: string, second: string] {
  const users = fields.filter((field) => field.type === type);
  const keys = users[0]!.hardcoded.map(([key]) => key).filter((key) => users.every((field) => field.default !== key));
  return [keys[0]!, keys[1]!];
}

export async function readSamples(
  owner: ClientBase,
  field: ChoiceField,
  tenantId: string,
  [firstKey, secondKey]: readonly [string, string],
): Promise<ChoiceSamples> {
  const { rows } = await owner.query<Sample>(`SELECT id, key FROM ${field.type.table} WHERE tenant_id = $1`, [tenantId]);
  const find = (key: string | null) => rows.find((row) => row.key === key);
  return {
    first: find(firstKey)!,
    second: find(secondKey)!,
    preset: find(field.default),
    merged: find('merged')!,
    deleted: find('deleted')!,
  };
}
