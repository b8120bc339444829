import { raw, type RequiredEntityData } from '@mikro-orm/core';
import { sql } from 'kysely';
import { refProperty, storedChoice } from '../../choice/derive/graphql-output.ts';
import { excerpt } from '../../choice/excerpt.ts';
import { isUuid } from '../../choice/uuid.ts';
import { type ChoiceInput, decideChoiceWrite } from '../../choice/write-choice.ts';
import { BadUserInputError, ConflictError, NotFoundError } from '../../errors.ts';
import { requireTenant } from '../../tenancy/access.ts';
import type { TenantTransaction } from '../../tenancy/tenant-session.ts';
import type { CrmContext } from '../crm-context.ts';
import { checkText } from './check-text.ts';
import type { PlainColumn, RecordDefinition, RecordRow } from './record-definition.ts';
import type { RecordEntity } from './record.entity.ts';
import { selectRecord } from './record-page.ts';

/** A create or update input as it arrives: undefined members are absent. */
export type RecordInput = Readonly<Record<string, unknown>>;

/** Creates a record. Choices that are absent take the column's default. */
export async function createRecord(context: CrmContext, record: RecordDefinition, input: RecordInput): Promise<RecordRow> {
  return write(context, async (transaction) => {
    const changes = {
      ...(await readPlain(transaction, record, undefined, input)),
      ...(await readChoices(transaction, record, undefined, input)),
    };
    const entity = transaction.em.create(
      record.entity,
      { tenantId: transaction.tenantId, ...changes } as RequiredEntityData<RecordEntity>,
      { partial: true },
    ) as RecordEntity;
    await transaction.em.flush();
    return (await readRow(transaction, record, entity.id))!;
  });
}

/**
 * Writes what changed, and nothing if nothing did.
 * @throws NotFoundError; ConflictError, with the current state, when `input.version` is not the record's.
 */
export async function updateRecord(context: CrmContext, record: RecordDefinition, id: string, input: RecordInput): Promise<RecordRow> {
  return write(context, async (transaction) => {
    const row = await lockRow(transaction, record, id);
    if (typeof input.version === 'number' && input.version !== row.version)
      throw new ConflictError(`${record.name} ${id} has version ${row.version}, not ${input.version}: somebody else wrote it`, {
        current: describeRow(record, row),
      });

    const changes = { ...(await readPlain(transaction, record, row, input)), ...(await readChoices(transaction, record, row, input)) };
    if (Object.keys(changes).length === 0) return row;
    const entity = transaction.em.map(record.entity, rowData(record, transaction.tenantId, row)) as RecordEntity;
    transaction.em.assign(entity, { ...changes, version: row.version + 1 } as never);
    (entity as { updatedAt: unknown }).updatedAt = raw('now()');
    await transaction.em.flush();
    return (await readRow(transaction, record, id))!;
  });
}

/** Deletes a record that nothing refers to. @throws NotFoundError; ConflictError with the counts of what refers to it. */
export async function deleteRecord(context: CrmContext, record: RecordDefinition, id: string): Promise<RecordRow> {
  return write(context, async (transaction) => {
    const row = await lockRow(transaction, record, id);
    for (const [table, column] of Object.entries(record.keptBy ?? {})) {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*)::int AS count FROM ${sql.table(table)} WHERE tenant_id = ${transaction.tenantId} AND ${sql.id(column)} = ${id}`.execute(
        transaction.sql,
      );
      if (rows[0]!.count > 0)
        throw new ConflictError(`${record.name} ${id} is still referred to: ${table} ${rows[0]!.count}`, {
          references: { [table]: rows[0]!.count },
        });
    }
    transaction.em.remove(transaction.em.map(record.entity, rowData(record, transaction.tenantId, row)));
    await transaction.em.flush();
    return row;
  });
}

async function write(context: CrmContext, work: (transaction: TenantTransaction) => Promise<RecordRow>): Promise<RecordRow> {
  const { session, choices, records } = requireTenant(context, 'writer');
  try {
    return await session.write(work);
  } finally {
    choices.clear();
    records.clear();
  }
}

async function lockRow(transaction: TenantTransaction, record: RecordDefinition, id: string): Promise<RecordRow> {
  const row = isUuid(id) ? await readRow(transaction, record, id, true) : undefined;
  if (!row) throw new NotFoundError(`No ${record.name} has the id "${excerpt(id)}"`, { id: excerpt(id) });
  return row;
}

async function readRow(transaction: TenantTransaction, record: RecordDefinition, id: string, lock = false): Promise<RecordRow | undefined> {
  const { rows } = await sql<RecordRow>`
    SELECT ${selectRecord(record)} FROM ${sql.table(record.table)} AS record
    WHERE record.tenant_id = ${transaction.tenantId} AND record.id = ${id} ${lock ? sql`FOR NO KEY UPDATE` : sql``}`.execute(
    transaction.sql,
  );
  return rows[0];
}

/** The plain columns that the input changes, checked. What equals the stored value counts as absent. */
async function readPlain(
  transaction: TenantTransaction,
  record: RecordDefinition,
  row: RecordRow | undefined,
  input: RecordInput,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const column of record.columns) {
    const given = input[column.property];
    if (column.property === 'version' || given === undefined || (row && isSame(column, row[column.property], given))) continue;
    values[column.property] = await checkValue(transaction, record, column, given);
  }
  return values;
}

async function checkValue(transaction: TenantTransaction, record: RecordDefinition, column: PlainColumn, value: unknown): Promise<unknown> {
  const { property } = column;
  if (value === null) {
    if (!column.nullable) throw new BadUserInputError(`${property}: expected a value, got null`, { path: property });
    return null;
  }
  if (column.kind === 'text') {
    if (!column.nullable && (value as string).trim() === '')
      throw new BadUserInputError(`${property}: expected text, got an empty one`, { path: property });
    return checkText(property, value as string, column.length);
  }
  const table = record.references[property];
  if (table === undefined || typeof value !== 'string') return value;
  const { rows } = isUuid(value)
    ? await sql`SELECT FROM ${sql.table(table)} WHERE tenant_id = ${transaction.tenantId} AND id = ${value}`.execute(transaction.sql)
    : { rows: [] };
  if (rows.length === 0)
    throw new NotFoundError(`${property}: no ${table} has the id "${excerpt(value)}"`, { path: property, id: excerpt(value) });
  return value;
}

/** The choice columns to write. */
async function readChoices(
  transaction: TenantTransaction,
  record: RecordDefinition,
  row: RecordRow | undefined,
  input: RecordInput,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const field of record.choiceFields) {
    const given: ChoiceInput = { legacy: input[field.legacy] as ChoiceInput['legacy'], ref: input[field.ref] as ChoiceInput['ref'] };
    for (const text of [given.legacy, given.ref?.id, given.ref?.key]) if (typeof text === 'string') checkText(field.legacy, text);
    const decision = await decideChoiceWrite(transaction.sql, transaction.tenantId, field, row && storedChoice(field, row), given);
    if (decision.legacy !== undefined) values[field.legacy] = decision.legacy;
    if (decision.refId !== undefined) values[refProperty(field)] = decision.refId;
  }
  return values;
}

/** The row as MikroORM maps it: without choices, which their triggers keep. */
function rowData(record: RecordDefinition, tenantId: string, row: RecordRow): Record<string, unknown> {
  return { tenant_id: tenantId, ...Object.fromEntries(record.columns.map(({ property, column }) => [column, row[property]])) };
}

/** The state that a CONFLICT tells: plain members and choice strings under their API names. */
function describeRow(record: RecordDefinition, row: RecordRow): Record<string, unknown> {
  return Object.fromEntries(
    [...record.columns.map(({ property }) => property), ...record.choiceFields.map((field) => field.legacy)].map((name) => [
      name,
      row[name],
    ]),
  );
}

function isSame(column: PlainColumn, stored: unknown, given: unknown): boolean {
  return (
    stored === given ||
    (column.kind === 'numeric' && stored !== null && given !== null && normalizeDecimal(stored) === normalizeDecimal(given))
  );
}

/** The number in hundredths, exactly: `12.5` and `0012.50` are 1250. What a raw writer stored may be NaN, and equals nothing given. */
function normalizeDecimal(value: unknown): bigint | undefined {
  const [whole = '', fraction = ''] = String(value).split('.');
  return /^-?\d+$/.test(whole) ? BigInt(`${whole}${fraction.padEnd(2, '0')}`) : undefined;
}
