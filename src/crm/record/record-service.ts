import { raw, type RequiredEntityData } from '@mikro-orm/core';
import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../../choice/choice-field.ts';
import { refProperty, storedChoice } from '../../choice/derive/graphql-output.ts';
import { excerpt } from '../../choice/excerpt.ts';
import { placeChoiceWrite, writeLegacyStrings } from '../../choice/place-choice-write.ts';
import type { ChoiceRules } from '../../choice/rules.ts';
import { isUuid } from '../../choice/uuid.ts';
import { type ChoiceInput, decideChoiceWrite } from '../../choice/write-choice.ts';
import { BadUserInputError, ConflictError, NotFoundError } from '../../errors.ts';
import { requireTenant } from '../../tenancy/access.ts';
import type { TenantTransaction } from '../../tenancy/tenant-session.ts';
import type { CrmContext } from '../crm-context.ts';
import { checkText } from './check-text.ts';
import type { PlainColumn, RecordDefinition, RecordRow } from './record-definition.ts';
import type { RecordEntity } from './record.entity.ts';
import { selectRecord } from './select-record.ts';

/** A create or update input as it arrives: undefined members are absent. */
export type RecordInput = Readonly<Record<string, unknown>>;

/** Creates a record. Choices that are absent take their default. */
export async function createRecord(context: CrmContext, record: RecordDefinition, input: RecordInput): Promise<RecordRow> {
  return write(context, async (transaction, rules) => {
    const plain = await readPlain(transaction, record, undefined, input);
    const choices = await readChoices(transaction, rules, record, undefined, input);
    const entity = transaction.em.create(
      record.entity,
      { tenantId: transaction.tenantId, ...plain, ...choices.columns } as RequiredEntityData<RecordEntity>,
      { partial: true },
    ) as RecordEntity;
    await transaction.em.flush();
    await writeLegacyStrings(transaction.sql, transaction.tenantId, entity.id, choices.strings);
    return (await readRow(transaction, rules, record, entity.id))!;
  });
}

/**
 * Writes what changed, and nothing if nothing did.
 * @throws NotFoundError; ConflictError, with the current state, when `input.version` is not the record's.
 */
export async function updateRecord(context: CrmContext, record: RecordDefinition, id: string, input: RecordInput): Promise<RecordRow> {
  return write(context, async (transaction, rules) => {
    const row = await lockRow(transaction, rules, record, id);
    if (typeof input.version === 'number' && input.version !== row.version)
      throw new ConflictError(`${record.name} ${id} has version ${row.version}, not ${input.version}: somebody else wrote it`, {
        current: describeRow(record, row),
      });

    const choices = await readChoices(transaction, rules, record, row, input);
    const changes = { ...(await readPlain(transaction, record, row, input)), ...choices.columns };
    if (Object.keys(changes).length === 0 && choices.strings.size === 0) return row;
    const entity = transaction.em.map(record.entity, rowData(record, transaction.tenantId, row)) as RecordEntity;
    transaction.em.assign(entity, { ...changes, version: row.version + 1 } as never);
    (entity as { updatedAt: unknown }).updatedAt = raw('now()');
    await transaction.em.flush();
    await writeLegacyStrings(transaction.sql, transaction.tenantId, row.id, choices.strings);
    return (await readRow(transaction, rules, record, id))!;
  });
}

/** Deletes a record that nothing refers to. @throws NotFoundError; ConflictError with the counts of what refers to it. */
export async function deleteRecord(context: CrmContext, record: RecordDefinition, id: string): Promise<RecordRow> {
  return write(context, async (transaction, rules) => {
    const row = await lockRow(transaction, rules, record, id);
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

/** `work` may be run again from the beginning, in a new transaction. */
async function write(
  context: CrmContext,
  work: (transaction: TenantTransaction, rules: ChoiceRules) => Promise<RecordRow>,
): Promise<RecordRow> {
  const { session, rules, forget } = requireTenant(context, 'writer');
  try {
    return await session.write((transaction) => work(transaction, rules));
  } finally {
    forget();
  }
}

/**
 * Locks the row and reads it; where what is read of it is not in it, in a statement of its own: one that waits for a lock sees the row as it
 * is then, but what it joins to that, as it was before (PostgreSQL manual, 13.2.1 Read Committed Isolation Level).
 */
async function lockRow(transaction: TenantTransaction, rules: ChoiceRules, record: RecordDefinition, id: string): Promise<RecordRow> {
  const lock = sql`FOR NO KEY UPDATE`;
  const isWhole = record.choiceFields.every((field) => rules.storage(field) === 'column');
  const find = async () => {
    if (isWhole) return readRow(transaction, rules, record, id, lock);
    const { rows } = await sql`
      SELECT FROM ${sql.table(record.table)} WHERE tenant_id = ${transaction.tenantId} AND id = ${id} ${lock}`.execute(transaction.sql);
    return rows.length === 0 ? undefined : readRow(transaction, rules, record, id);
  };
  const row = isUuid(id) ? await find() : undefined;
  if (row === undefined) throw new NotFoundError(`No ${record.name} has the id "${excerpt(id)}"`, { id: excerpt(id) });
  return row;
}

async function readRow(
  transaction: TenantTransaction,
  rules: ChoiceRules,
  record: RecordDefinition,
  id: string,
  lock: RawBuilder<unknown> = sql``,
): Promise<RecordRow | undefined> {
  const { rows } = await sql<RecordRow>`
    SELECT ${selectRecord(record, rules)} FROM ${sql.table(record.table)} AS record
    WHERE record.tenant_id = ${transaction.tenantId} AND record.id = ${id} ${lock}`.execute(transaction.sql);
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

/** The choices to write: columns of the row, and strings that are written once the row is there. */
async function readChoices(
  { sql: transaction, tenantId }: TenantTransaction,
  rules: ChoiceRules,
  record: RecordDefinition,
  row: RecordRow | undefined,
  input: RecordInput,
): Promise<{ columns: Record<string, unknown>; strings: Map<ChoiceField, string | null> }> {
  const columns: Record<string, unknown> = {};
  const strings = new Map<ChoiceField, string | null>();
  for (const field of record.choiceFields) {
    const given: ChoiceInput = { legacy: input[field.legacy] as ChoiceInput['legacy'], ref: input[field.ref] as ChoiceInput['ref'] };
    for (const text of [given.legacy, given.ref?.id, given.ref?.key]) if (typeof text === 'string') checkText(field.legacy, text);
    const context = { transaction, tenantId, field, refAlone: rules.readsRefAlone(field, tenantId) };
    const decision = await decideChoiceWrite(context, row && storedChoice(field, row), given);
    const placed = placeChoiceWrite(rules.storage(field), decision, row === undefined);
    if (placed.columns.legacy !== undefined) columns[field.legacy] = placed.columns.legacy;
    if (placed.columns.refId !== undefined) columns[refProperty(field)] = placed.columns.refId;
    if (placed.string !== undefined) strings.set(field, placed.string);
  }
  return { columns, strings };
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
