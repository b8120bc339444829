import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Read } from '../../database/read.ts';
import type { Choice } from '../choice.ts';
import type { ChoiceType } from '../choice-field.ts';
import { selectChoice } from './choice-columns.ts';

/** Finds survivors: of a ref, or of what a legacy value resolves to. One statement per type and batch, whatever it asks for. */
export interface ChoiceLoader {
  byId(id: string): Promise<Choice | null>;
  byLegacyValue(value: string): Promise<Choice | null>;
}

export function createChoiceLoader(read: Read, tenantId: string, type: ChoiceType): ChoiceLoader {
  // An id and a legacy value can be the same string: the first letter tells them apart.
  const loader = new DataLoader<string, Choice | null>((wanted) => loadSurvivors(read, tenantId, type, wanted));
  return {
    byId: (id) => loader.load(`i${id.toLowerCase()}`),
    byLegacyValue: (value) => loader.load(`v${value}`),
  };
}

async function loadSurvivors(read: Read, tenantId: string, type: ChoiceType, wanted: readonly string[]): Promise<(Choice | null)[]> {
  const ids = wanted.filter((key) => key.startsWith('i')).map((key) => key.slice(1));
  const values = wanted.filter((key) => key.startsWith('v')).map((key) => key.slice(1));
  const choices = sql.table(type.table);
  const rows = await read(sql<Choice & { wanted: string }>`
    WITH named AS (
      SELECT 'i' || choice.id AS wanted, coalesce(choice.merged_into_id, choice.id) AS survivor_id, false AS by_value
      FROM ${choices} AS choice
      WHERE choice.tenant_id = ${tenantId} AND choice.id = ANY (${ids}::uuid[])
      UNION ALL
      SELECT 'v' || alias.legacy_value, coalesce(choice.merged_into_id, choice.id), true
      FROM ${sql.table(type.aliasTable)} AS alias
      JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
      WHERE alias.tenant_id = ${tenantId} AND alias.legacy_value = ANY (${values}::text[])
    )
    SELECT named.wanted, ${selectChoice(type, 'survivor')}
    FROM named
    JOIN ${choices} AS survivor ON survivor.tenant_id = ${tenantId} AND survivor.id = named.survivor_id
    WHERE NOT (named.by_value AND survivor.deleted_at IS NOT NULL)`);
  const found = new Map(rows.map((row) => [row.wanted, row]));
  return wanted.map((key) => found.get(key) ?? null);
}
