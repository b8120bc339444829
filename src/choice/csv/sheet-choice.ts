import { sql } from 'kysely';
import type { Read } from '../../database/read.ts';
import type { Choice } from '../choice.ts';
import type { ChoiceType } from '../choice-field.ts';
import { selectChoice } from '../derive/choice-columns.ts';

/** A choice as a row of a sheet tells it. */
export interface SheetChoice extends Choice {
  /** The strings that name it beside its key, sorted. */
  readonly aliases: readonly string[];
  /** Key of the survivor; null where it was not merged. */
  readonly mergedInto: string | null;
}

/** The choices of a tenant that were not deleted: those of the list in its order, then merged ones. One statement. */
export function readSheet(read: Read, tenantId: string, type: ChoiceType): Promise<SheetChoice[]> {
  return read(sql<SheetChoice>`
    SELECT ${selectChoice(type, 'choice')}, survivor.key AS "mergedInto", ARRAY(
      SELECT alias.legacy_value FROM ${sql.table(type.aliasTable)} AS alias
      WHERE alias.tenant_id = choice.tenant_id AND alias.choice_id = choice.id AND alias.legacy_value <> choice.key
      ORDER BY alias.legacy_value
    ) AS aliases
    FROM ${sql.table(type.table)} AS choice
    LEFT JOIN ${sql.table(type.table)} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = choice.merged_into_id
    WHERE choice.tenant_id = ${tenantId} AND choice.deleted_at IS NULL
    ORDER BY choice.merged_into_id IS NOT NULL, choice.position, choice.id`);
}
