import { type RawBuilder, sql } from 'kysely';
import { orderByChoice } from '../../choice/derive/order.ts';
import { snakeCase } from '../../choice/choice-field.ts';
import type { ChoiceRules } from '../../choice/rules.ts';
import { isUuid } from '../../choice/uuid.ts';
import { BadUserInputError } from '../../errors.ts';
import { orderExpression } from './order-indexes.ts';
import type { RecordDefinition, PlainColumn } from './record-definition.ts';
import type { Position } from '../../choice/graphql/cursor.ts';

export interface OrderInput {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
}

/** One expression to order by; never null, so that a position can be compared with it. */
interface OrderKey {
  readonly expression: RawBuilder<unknown>;
  /** The expression's value as text that casts back to the same value, whatever the session's settings. */
  readonly text: RawBuilder<unknown>;
  readonly join?: RawBuilder<unknown>;
  /** PostgreSQL type that a position's text is cast to. */
  readonly type: string;
  readonly direction: 'ASC' | 'DESC';
  accepts(value: string): boolean;
}

/** A total order of a record's rows. `name` goes into cursors. */
export interface PageOrder {
  readonly name: string;
  readonly keys: readonly OrderKey[];
  readonly idDirection: 'ASC' | 'DESC';
}

/** What PostgreSQL would refuse to cast, a cursor cannot hold: whoever sends it made it up. */
const ACCEPTS: Readonly<Record<PlainColumn['kind'], (value: string) => boolean>> = {
  text: () => true,
  uuid: isUuid,
  integer: (value) => /^-?\d{1,10}$/.test(value) && Number(value) === (Number(value) | 0),
  numeric: (value) => /^(-?\d{1,16}(\.\d{1,2})?|-Infinity|NaN)$/.test(value),
  timestamptz: isPointInTime,
};

/** Enum values that `orderBy` offers for a record: `LAST_NAME`, and one per choice field: `INDUSTRY`. */
export function listOrderFields(record: RecordDefinition): string[] {
  return [
    ...record.orderable.map((property) => snakeCase(property).toUpperCase()),
    ...record.choiceFields.map((field) => field.legacyColumn.toUpperCase()),
  ];
}

/** The order that the inputs ask for, made total by the id; by id alone without any. Nulls come first. */
export function createPageOrder(record: RecordDefinition, tenantId: string, rules: ChoiceRules, inputs: readonly OrderInput[]): PageOrder {
  const repeated = inputs.find((input, index) => inputs.findIndex((other) => other.field === input.field) !== index);
  if (repeated) throw new BadUserInputError(`orderBy: expected each field once, got ${repeated.field} twice`);
  return {
    name: inputs.map((input) => `${input.field} ${input.direction}`).join(', '),
    keys: inputs.map((input) => createKey(record, tenantId, rules, input)),
    idDirection: inputs.at(-1)?.direction ?? 'ASC',
  };
}

/** ORDER BY, or its mirror image for a page that is read backwards. `id` is whatever equals the record's id. */
export function orderClause(order: PageOrder, backwards: boolean, id: RawBuilder<unknown>): RawBuilder<unknown> {
  const turn = (direction: 'ASC' | 'DESC') => sql.raw((direction === 'ASC') === backwards ? 'DESC' : 'ASC');
  return sql.join([...order.keys.map((key) => sql`${key.expression} ${turn(key.direction)}`), sql`${id} ${turn(order.idDirection)}`]);
}

/** Rows on one side of a position. One row comparison where all keys run in one direction: an index can serve that. */
export function beyond(order: PageOrder, position: Position, side: 'after' | 'before', id: RawBuilder<unknown>): RawBuilder<unknown> {
  const parts = [
    ...order.keys.map((key, index) => ({ ...key, value: sql`${position.values[index]}::text::${sql.raw(key.type)}` })),
    { expression: id, direction: order.idDirection, value: sql`${position.id}::uuid` },
  ];
  const operator = (direction: 'ASC' | 'DESC') => sql.raw((direction === 'ASC') === (side === 'after') ? '>' : '<');
  if (parts.every((part) => part.direction === order.idDirection))
    return sql`(${sql.join(parts.map((part) => part.expression))}) ${operator(order.idDirection)} (${sql.join(parts.map((part) => part.value))})`;
  const alternatives = parts.map((part, index) =>
    sql.join(
      [
        ...parts.slice(0, index).map((equal) => sql`${equal.expression} = ${equal.value}`),
        sql`${part.expression} ${operator(part.direction)} ${part.value}`,
      ],
      sql` AND `,
    ),
  );
  return sql`(${sql.join(
    alternatives.map((alternative) => sql`(${alternative})`),
    sql` OR `,
  )})`;
}

function createKey(record: RecordDefinition, tenantId: string, rules: ChoiceRules, { field: name, direction }: OrderInput): OrderKey {
  const choiceField = record.choiceFields.find((field) => field.legacyColumn.toUpperCase() === name);
  if (choiceField) {
    const order = orderByChoice(choiceField, tenantId, rules.readsRefAlone(choiceField, tenantId));
    return { ...order, text: castToText(order.expression, 'integer'), type: 'integer', direction, accepts: ACCEPTS.integer };
  }
  const column = record.column(record.orderable.find((property) => snakeCase(property).toUpperCase() === name)!);
  const expression = sql.raw(orderExpression(column, 'record.'));
  const { kind, length } = column;
  const accepts = (value: string) => ACCEPTS[kind](value) && (length === undefined || kind !== 'text' || [...value].length <= length);
  return { expression, text: castToText(expression, kind), type: kind, direction, accepts };
}

/** A point in time's plain cast depends on the session's TimeZone and DateStyle. */
function castToText(expression: RawBuilder<unknown>, kind: PlainColumn['kind']): RawBuilder<unknown> {
  return kind === 'timestamptz'
    ? sql`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : sql`(${expression})::text`;
}

/** JavaScript reads 31 February as a day in March: only what it writes the same way is one. */
function isPointInTime(value: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value)) return false;
  const date = new Date(value);
  return !Number.isNaN(date.valueOf()) && date.toISOString().slice(0, 19) === value.slice(0, 19);
}
