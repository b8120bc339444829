import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Read } from '../../database/read.ts';
import { BadUserInputError, ChoiceInactiveError } from '../../errors.ts';
import type { ChoiceField, ChoiceType } from '../choice-field.ts';
import { resolveExpression } from '../derive/resolve.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { assertUnmerged, holdChoice, type ManagedChoice, readManaged } from './managed-choice.ts';

/** What a new record takes that names no choice of a field. */
export interface FieldDefault {
  readonly field: ChoiceField;
  /** The choice that the tenant said. */
  readonly ownId: string | null;
  /** What the legacy column's default resolves to. */
  readonly columnId: string | null;
}

/** The defaults of fields of one type, in one statement. */
export async function readDefaults(
  read: Read,
  tenantId: string,
  type: ChoiceType,
  fields: readonly ChoiceField[],
): Promise<readonly FieldDefault[]> {
  const rows = await read(sql<{ field: string; ownId: string | null; columnId: string | null }>`
    SELECT
      listed.field, own.choice_id AS "ownId",
      ${sql.raw(resolveExpression(type, 'listed.tenant_id', 'listed.value'))} AS "columnId"
    FROM (
      SELECT ${tenantId}::uuid AS tenant_id, field, value
      FROM unnest(${fields.map((field) => field.coordinate)}::text[], ${fields.map((field) => field.default)}::text[]) AS named (field, value)
    ) AS listed
    LEFT JOIN choice_default AS own ON own.tenant_id = listed.tenant_id AND own.field = listed.field`);
  const byField = new Map(rows.map((row) => [row.field, row]));
  return fields.map((field) => {
    const { ownId, columnId } = byField.get(field.coordinate)!;
    return { field, ownId, columnId };
  });
}

/** The defaults of the fields of the edit's type. */
export function readEditedDefaults({ transaction, registry, tenant, type }: ChoiceEdit): Promise<readonly FieldDefault[]> {
  const read: Read = async (statement) => (await statement.execute(transaction)).rows;
  return readDefaults(read, tenant.id, type, registry.fieldsOfType(type));
}

/**
 * Says which choice of a field new records take; null: what the legacy column's default says. What is so already is not written.
 * @throws NotFoundError; BadUserInputError for a merged choice, and for null where the column's default is no active choice; ChoiceInactiveError.
 */
export async function setDefaultChoice(
  edit: ChoiceEdit,
  { field, id }: { readonly field: ChoiceField; readonly id: string | null },
): Promise<ManagedChoice | null> {
  const current = (await readEditedDefaults(edit)).find((one) => one.field === field);
  if (current === undefined)
    throw new BadUserInputError(`field: ${field.coordinate} has no choices of the type ${edit.type.name}`, { path: 'field' });
  if (id === null) return clearDefault(edit, current);
  const choice = await holdChoice(edit, { id });
  assertUnmerged(edit, choice);
  if (!choice.active)
    throw new ChoiceInactiveError(`id: "${choice.key}" is inactive and cannot be newly chosen`, {
      path: 'id',
      field: field.coordinate,
      key: choice.key,
    });
  if ((current.ownId ?? current.columnId) !== choice.id) await writeDefault(edit.transaction, edit.tenant.id, field, choice.id);
  return choice;
}

async function clearDefault(edit: ChoiceEdit, { field, ownId, columnId }: FieldDefault): Promise<null> {
  if (ownId === null) return null;
  const [choice] = columnId === null ? [] : await readManaged(edit, sql`choice.id = ${columnId}`);
  // An empty one says that records take none.
  const key = choice?.key ?? (field.default || undefined);
  if (key !== undefined && choice?.active !== true)
    throw new BadUserInputError(
      `id: "${key}", which records would then take, is ${choice ? 'inactive' : 'no choice'}: expected another one`,
      {
        path: 'id',
        field: field.coordinate,
        key,
      },
    );
  await sql`DELETE FROM choice_default WHERE tenant_id = ${edit.tenant.id} AND field = ${field.coordinate}`.execute(edit.transaction);
  return null;
}

export async function writeDefault(transaction: Sql, tenantId: string, field: ChoiceField, choiceId: string): Promise<void> {
  await sql`
    INSERT INTO choice_default (tenant_id, field, choice_id) VALUES (${tenantId}, ${field.coordinate}, ${choiceId})
    ON CONFLICT (tenant_id, field) DO UPDATE SET choice_id = excluded.choice_id`.execute(transaction);
}
