import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Read } from '../../database/read.ts';
import { type ChoiceUseScope, countChoiceUses, type FieldUse } from '../manage/count-uses.ts';

/** What is told of choices beyond their rows, by id: one statement for the aliases of a list, one per field of the type for its uses. */
export interface DetailLoaders {
  readonly uses: DataLoader<string, readonly FieldUse[]>;
  readonly aliases: DataLoader<string, readonly string[]>;
}

export function createDetailLoaders(read: Read, scope: ChoiceUseScope): DetailLoaders {
  return {
    uses: new DataLoader(async (ids) => ids.map(await countChoiceUses(read, scope, ids))),
    aliases: new DataLoader((ids) => loadAliases(read, scope, ids)),
  };
}

async function loadAliases(read: Read, { type, tenantId }: ChoiceUseScope, ids: readonly string[]): Promise<(readonly string[])[]> {
  const rows = await read(sql<{ id: string; aliases: string[] }>`
    SELECT choice_id AS id, array_agg(legacy_value ORDER BY legacy_value) AS aliases FROM ${sql.table(type.aliasTable)}
    WHERE tenant_id = ${tenantId} AND choice_id = ANY (${[...ids]}::uuid[]) GROUP BY choice_id`);
  const found = new Map(rows.map(({ id, aliases }) => [id, aliases]));
  return ids.map((id) => found.get(id) ?? []);
}
