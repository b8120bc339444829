import { sql } from 'kysely';
import { filterByLegacy, fromRecords } from '../derive/legacy-filter.ts';
import type { ChoiceEdit } from './choice-edit.ts';

/** Records carry a string that comes to name a choice, and have to get their refs by it: the edit belongs elsewhere. Nothing was written. */
export class RowsFollowError extends Error {
  override readonly name = 'RowsFollowError';
}

/**
 * Lets strings come to name a choice that no record carries without a ref. Where a part is populated and no more, records do not have their
 * refs yet, and answer by their strings at once; beyond that somebody may count on the refs. A string that a writer of SQL adds at this very
 * moment is found by `choices verify` and followed by `choices migrate`, as one that is mapped beside it.
 * @throws RowsFollowError, unless the edit is one after which rows follow.
 */
export async function assertNoRowsFollow(edit: ChoiceEdit, values: readonly string[]): Promise<void> {
  const { transaction, registry, tenant, type, rules, rowsFollow } = edit;
  if (rowsFollow) return;
  const { rows: parts } = await sql<{ field: string }>`
    SELECT field FROM choice_tenant_state WHERE tenant_id = ${tenant.id} AND phase <> 'populated'`.execute(transaction);
  const beyond = registry.fieldsOfType(type).filter((field) => parts.some((part) => part.field === field.coordinate));
  for (const field of beyond)
    for (const value of values) {
      const carrying = filterByLegacy(field, tenant.id, rules.storage(field), value);
      const { rows } = await sql`
        SELECT FROM ${fromRecords(field.table, [carrying]).from}
        WHERE record.tenant_id = ${tenant.id} AND ${carrying.condition} AND record.${sql.id(field.refColumn)} IS NULL LIMIT 1`.execute(
        transaction,
      );
      if (rows.length > 0) throw new RowsFollowError(`records of ${field.coordinate} carry ${JSON.stringify(value)}`);
    }
}
