import type { ClientBase } from 'pg';
import type { ChoiceField } from '../../src/choice/choice-field.ts';

/** The two columns of a choice field as a statement sets them; absent ones are not named. */
export interface ChoiceColumns {
  readonly legacy?: string | null;
  readonly ref?: string | null;
}

/** The two columns as a row holds them. */
export interface StoredColumns {
  readonly legacy: string | null;
  readonly ref: string | null;
}

export interface StoredRecord extends StoredColumns {
  readonly id: string;
}

/** What a record needs beside the field under test; values that no choice has. */
const OTHER_COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  account: { name: 'Example Ltd' },
  lead: {
    first_name: 'Ada',
    last_name: 'Example',
    email: 'ada@example.com',
    company: 'Example Ltd',
    industry: 'none',
    lead_source: 'none',
  },
  opportunity: { name: 'A deal', account_id: '00000000-0000-7000-8000-00000000acc0' },
  task: { title: 'Call', task_type: 'none' },
};

/** A column that is no choice, to update. */
export const TEXT_COLUMN: Readonly<Record<string, string>> = { account: 'name', lead: 'company', opportunity: 'name', task: 'title' };

/** The account that the opportunities of a tenant belong to. */
export async function insertAccount(client: ClientBase, tenantId: string): Promise<void> {
  await client.query('INSERT INTO account (tenant_id, id, name, tier) VALUES ($1, $2, $3, NULL)', [
    tenantId,
    OTHER_COLUMNS.opportunity!.account_id,
    'Example Ltd',
  ]);
}

/** Names and values of the columns of an INSERT. */
export function insertColumns(field: ChoiceField, tenantId: string, set: ChoiceColumns): [name: string, value: string | null][] {
  return [
    ['tenant_id', tenantId],
    ...Object.entries(OTHER_COLUMNS[field.table]!).filter(([name]) => name !== field.legacyColumn),
    ...namedColumns(field, set),
  ];
}

export async function insertRecord(client: ClientBase, field: ChoiceField, tenantId: string, set: ChoiceColumns): Promise<StoredRecord> {
  const columns = insertColumns(field, tenantId, set);
  const { rows } = await client.query<StoredRecord>(
    `INSERT INTO ${field.table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     RETURNING id, ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref`,
    columns.map(([, value]) => value),
  );
  return rows[0]!;
}

/** The rows that were updated: one, or none where the writer sees none. */
export async function updateRecord(client: ClientBase, field: ChoiceField, id: string, set: ChoiceColumns): Promise<StoredColumns[]> {
  const columns = namedColumns(field, set);
  const { rows } = await client.query<StoredColumns>(
    `UPDATE ${field.table} SET ${columns.map(([name], index) => `${name} = $${index + 2}`).join(', ')} WHERE id = $1
     RETURNING ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref`,
    [id, ...columns.map(([, value]) => value)],
  );
  return rows;
}

export async function readRecord(client: ClientBase, field: ChoiceField, id: string): Promise<StoredColumns> {
  const { rows } = await client.query<StoredColumns>(
    `SELECT ${field.legacyColumn} AS legacy, ${field.refColumn} AS ref FROM ${field.table} WHERE id = $1`,
    [id],
  );
  return rows[0]!;
}

function namedColumns(field: ChoiceField, { legacy, ref }: ChoiceColumns): [string, string | null][] {
  return [
    ...(legacy === undefined ? [] : [[field.legacyColumn, legacy] as [string, string | null]]),
    ...(ref === undefined ? [] : [[field.refColumn, ref] as [string, string | null]]),
  ];
}
