import { sql } from 'kysely';
import { BadUserInputError, LimitExceededError } from '../../errors.ts';
import { type ExtraColumn, snakeCase } from '../choice-field.ts';
import { labelKey } from '../label-key.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { describeChoice, readManaged } from './managed-choice.ts';
import { MOST_CHOICES } from './rule-errors.ts';

const LONGEST_LABEL = 200;
/** Unicode's Cc and Bidi_Control: the same as the database's rule `choice_label_characters`. */
const REFUSED = /[\p{Cc}\p{Bidi_Control}]/u;
const CODE_POINT = (character: string) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * @throws BadUserInputError for a label that is empty, too long, has a control character or one that changes the direction of text, or
 * looks the same as that of another choice, which it then tells as `choice`.
 */
export async function checkLabel(edit: ChoiceEdit, label: string, ofId?: string): Promise<void> {
  const refuse = (why: string, data: Readonly<Record<string, unknown>> = {}) =>
    new BadUserInputError(`label: ${why}`, { path: 'label', ...data });
  checkText('label', label, LONGEST_LABEL);
  if (labelKey(label) === '') throw refuse('expected one that can be seen, got an empty one');
  const [bearer] = await readManaged(
    edit,
    sql`choice.deleted_at IS NULL AND choice_label_key(choice.label) = choice_label_key(${label}) ${ofId === undefined ? sql`` : sql`AND choice.id <> ${ofId}`}`,
  );
  if (bearer) throw refuse(`"${bearer.key}" has this label already`, { choice: describeChoice(bearer) });
}

/** @throws LimitExceededError where the tenant has as many choices of the type as it may have. */
export async function assertRoom({ transaction, tenant, type }: ChoiceEdit): Promise<void> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${sql.table(type.table)} WHERE tenant_id = ${tenant.id} AND deleted_at IS NULL`.execute(transaction);
  if (rows[0]!.count >= MOST_CHOICES)
    throw new LimitExceededError(`A tenant has at most ${MOST_CHOICES} choices of a type`, { limit: MOST_CHOICES, type: type.enumValue });
}

/** @throws BadUserInputError */
function checkText(path: string, text: string, longest: number): void {
  const refuse = (why: string) => new BadUserInputError(`${path}: ${why}`, { path });
  if (!text.isWellFormed()) throw refuse('expected whole characters, got half of a surrogate pair');
  const [character] = REFUSED.exec(text) ?? [];
  if (character !== undefined) throw refuse(`${CODE_POINT(character)} is a character that it may not have`);
  if ([...text].length > longest) throw refuse(`expected at most ${longest} characters, got ${[...text].length}`);
}

/** A column of a type's own as the database knows it. */
interface StoredColumn {
  readonly name: string;
  readonly nullable: boolean;
  /** Of a text: characters. Of a numeric: digits in all, and after the point. */
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
}

/**
 * The type's own columns, by their names, from values under their property names: those that are given, of which null clears one.
 * @throws BadUserInputError for a property that the type does not have, and a value that its column does not hold.
 */
export async function readExtra(
  edit: ChoiceEdit,
  extra: Readonly<Record<string, unknown>> | null | undefined,
): Promise<Record<string, string | number | boolean | null>> {
  const given = Object.entries(extra ?? {}).filter(([, value]) => value !== undefined);
  if (given.length === 0) return {};
  const stored = await readColumns(edit);
  return Object.fromEntries(
    given.map(([property, value]) => {
      const column = Object.hasOwn(edit.type.extra, property) ? edit.type.extra[property] : undefined;
      if (column === undefined) throw new BadUserInputError(`${property}: a ${edit.type.name} has no such member`, { path: property });
      return [snakeCase(property), checkExtra(property, column, stored.get(snakeCase(property))!, value)];
    }),
  );
}

function checkExtra(path: string, { type }: ExtraColumn, stored: StoredColumn, value: unknown): string | number | boolean | null {
  const refuse = (expected: string) => new BadUserInputError(`${path}: expected ${expected}, got ${JSON.stringify(value)}`, { path });
  if (value === null) {
    if (!stored.nullable) throw refuse('a value');
    return null;
  }
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw refuse('text');
      checkText(path, value, stored.length ?? Infinity);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw refuse('true or false');
      return value;
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1) throw refuse('a whole number of 32 bits');
      return value;
    case 'numeric': {
      if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse('a number');
      const { precision, scale } = stored;
      if (precision === null || scale === null) return value;
      const rounded = Number(value.toFixed(scale));
      if (Math.abs(rounded) >= 10 ** (precision - scale)) throw refuse(`a number below ${10 ** (precision - scale)}`);
      return rounded;
    }
  }
}

async function readColumns({ transaction, type }: ChoiceEdit): Promise<Map<string, StoredColumn>> {
  const { rows } = await sql<StoredColumn>`
    SELECT
      attname AS name, NOT attnotnull AS nullable,
      CASE WHEN atttypid = 'varchar'::regtype AND atttypmod > 0 THEN atttypmod - 4 END AS length,
      CASE WHEN atttypid = 'numeric'::regtype AND atttypmod > 0 THEN (atttypmod - 4) >> 16 END AS precision,
      CASE WHEN atttypid = 'numeric'::regtype AND atttypmod > 0 THEN (atttypmod - 4) & 2047 END AS scale
    FROM pg_attribute WHERE attrelid = to_regclass('public.' || quote_ident(${type.table})) AND attnum > 0 AND NOT attisdropped`.execute(
    transaction,
  );
  return new Map(rows.map((row) => [row.name, row]));
}
