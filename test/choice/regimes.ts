import type { ClientBase } from 'pg';
import type { ChoiceField } from '../../src/choice/choice-field.ts';
import { addLegacyColumn, dropLegacyColumn, requireLegacyColumn } from '../../src/choice/derive/columns.ts';
import { legacyExpression, restoredExpression } from '../../src/choice/derive/legacy-value.ts';
import { replaceObjects } from '../../src/choice/derive/objects.ts';
import { writeFunctionName } from '../../src/choice/derive/write-function.ts';
import { archiveStrings, restoreStrings } from '../../src/choice/migrate/archive-strings.ts';
import type { Regime } from '../../src/choice/regime.ts';
import { sqlOn } from '../../src/database/sql-on-client.ts';
import type { Tenant } from '../../src/tenancy/tenant.ts';

/** One field whose regime changes step by step, as `contract` and `rollback` change it, in whatever transaction the client is in. */
export interface RegimeChanger {
  readonly regime: Regime;
  /** On to the next: window, archive, restore, window as it was filled (`restore` still), column. */
  next(): Promise<void>;
  /** Gives some rows their string back, where there is a column to fill. */
  fill(ids: readonly string[]): Promise<void>;
}

/** Begins in the regime `column`. */
export function changeRegimes(client: ClientBase, field: ChoiceField, tenant: Tenant): RegimeChanger {
  const db = sqlOn(client);
  let regime: Regime = 'column';
  const readIds = async () =>
    (await client.query<{ id: string }>(`SELECT id FROM ${field.table} WHERE tenant_id = $1`, [tenant.id])).rows.map(({ id }) => id);
  const change = async (to: Regime, before: readonly string[], after: readonly string[]) => {
    await client.query([...before, ...replaceObjects(field, regime, to), ...after].join('; '));
    regime = to;
  };
  return {
    get regime() {
      return regime;
    },
    async next() {
      switch (regime) {
        case 'column':
          await change('window', [], []);
          return archiveStrings(db, field, tenant, await readIds());
        case 'window':
          return change('archive', [], [dropLegacyColumn(field)]);
        case 'archive':
          return change('restore', addLegacyColumn(field), []);
        case 'restore':
          await restoreStrings(db, field, tenant, await readIds());
          await change('column', [], field.required ? requireLegacyColumn(field) : []);
          await client.query('DELETE FROM choice_archive');
      }
    },
    async fill(ids) {
      if (regime === 'restore') await restoreStrings(db, field, tenant, ids);
    },
  };
}

/** What a record answers: its string, and its choice's survivor. */
export interface Answer {
  readonly string: string | null;
  readonly key: string | null;
}

/** By id. Where both column and archive keep the strings, they must say the same. */
export async function readAnswers(client: ClientBase, field: ChoiceField, regime: Regime): Promise<Map<string, Answer>> {
  const hasBoth = regime === 'window';
  const { rows } = await client.query<Answer & { id: string; restored: string | null }>(
    `SELECT record.id, ${legacyExpression(field, regime === 'column' || hasBoth ? 'column' : 'archive')} AS string,
       ${hasBoth ? restoredExpression(field) : 'NULL'} AS restored, survivor.key
     FROM ${field.table} AS record
     LEFT JOIN ${field.type.table} AS choice ON choice.tenant_id = record.tenant_id AND choice.id = record.${field.refColumn}
     LEFT JOIN ${field.type.table} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
     ORDER BY record.id`,
  );
  for (const { id, string, restored } of rows)
    if (hasBoth && string !== restored)
      throw new Error(`${field.coordinate} of ${id}: the column holds ${JSON.stringify(string)}, the archive ${JSON.stringify(restored)}`);
  return new Map(rows.map(({ id, string, key }) => [id, { string, key }]));
}

/** Writes a string as servers do: in the column, or by the write function where there is none. */
export async function writeString(
  client: ClientBase,
  field: ChoiceField,
  regime: Regime,
  record: { tenantId: string; id: string },
  value: string | null,
) {
  if (regime === 'column')
    await client.query(`UPDATE ${field.table} SET ${field.legacyColumn} = $3 WHERE tenant_id = $1 AND id = $2`, [
      record.tenantId,
      record.id,
      value,
    ]);
  else await client.query(`SELECT ${writeFunctionName(field)}($1, $2, $3)`, [record.tenantId, record.id, value]);
}
