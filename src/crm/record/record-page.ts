import { type RawBuilder, sql } from 'kysely';
import type { ChoiceRules } from '../../choice/rules.ts';
import type { Read } from '../../database/read.ts';
import type { Page } from '../../choice/graphql/connection-type.ts';
import type { FilterPart } from '../../choice/derive/filter.ts';
import { decodeCursor, encodeCursor } from '../../choice/graphql/cursor.ts';
import { pageSize } from '../../choice/graphql/page-size.ts';
import { BadUserInputError } from '../../errors.ts';
import { beyond, createPageOrder, orderClause, type OrderInput, type PageOrder } from './page-order.ts';
import { filterRecords, type RecordFilter } from './record-filter.ts';
import type { RecordDefinition } from './record-definition.ts';
import { type SelectedRow, selectMembers } from './select-record.ts';

export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly filter?: RecordFilter | null;
  readonly orderBy?: readonly OrderInput[] | null;
}

/** Reads one page by keyset, in one statement. `members`: those of the record that are wanted. */
export async function readPage(
  read: Read,
  tenantId: string,
  rules: ChoiceRules,
  record: RecordDefinition,
  page: PageArguments,
  members: ReadonlySet<string>,
): Promise<Page<SelectedRow>> {
  const order = createPageOrder(record, tenantId, rules, page.orderBy ?? []);
  const size = pageSize(page);
  const backwards = typeof page.last === 'number';
  const idOrder = order.keys.length > 0 ? undefined : backwards ? 'DESC' : 'ASC';
  const { from, condition, ids, parts } = filterRecords(record, tenantId, rules, page.filter, idOrder);
  const bounds = [...readBounds(order, 'after', page.after, ids), ...readBounds(order, 'before', page.before, ids)];
  const keys = order.keys.map((key, index) => sql`, ${key.text} AS ${sql.id(`order_${index}`)}`);
  // PostgreSQL keeps a plan only where it knows the size; of a filtered page it walks the index in order only where it does not.
  const limit = order.keys.length === 0 && !page.filter ? sql.lit(size + 1) : size + 1;
  const where = sql.join([condition, ...bounds], sql` AND `);
  const ending = sql`ORDER BY ${orderClause(order, backwards, ids[0])} LIMIT ${limit}`;
  const rows = await read(sql<SelectedRow>`
    SELECT ${selectMembers(record, tenantId, rules, members)} ${sql.join(keys, sql``)}
    ${
      parts
        ? sql`FROM ${readParts(from, parts, sql`${where} ${ending}`)}`
        : sql`FROM ${from} ${sql.join(
            order.keys.map((key) => key.join ?? sql``),
            sql` `,
          )} WHERE ${where}`
    }
    ${ending}`);

  const more = rows.length > size;
  const nodes = more ? rows.slice(0, size) : rows;
  if (backwards) nodes.reverse();
  return {
    nodes,
    cursorAt: (index) => {
      const node = nodes[index]!;
      return encodeCursor(order.name, { values: order.keys.map((_, key) => node[`order_${key}`] as string), id: node.id });
    },
    hasNextPage: backwards ? isGiven(page.before) : more,
    hasPreviousPage: backwards ? more : isGiven(page.after),
  };
}

/** As many rows `from` each value of each part as a page can have of it. */
function readParts(from: RawBuilder<unknown>, parts: readonly FilterPart[], rest: RawBuilder<unknown>): RawBuilder<unknown> {
  const read = ({ values, condition }: FilterPart) => sql`
      SELECT one.* FROM unnest(${values}) AS part(value)
      CROSS JOIN LATERAL (SELECT record.* FROM ${from} WHERE ${condition(sql`part.value`)} AND ${rest}) AS one`;
  return sql`(${sql.join(parts.map(read), sql` UNION ALL `)}) AS record`;
}

/** Counts what a filter selects. */
export async function countPage(
  read: Read,
  tenantId: string,
  rules: ChoiceRules,
  record: RecordDefinition,
  filter: RecordFilter | null | undefined,
): Promise<number> {
  const { from, condition } = filterRecords(record, tenantId, rules, filter);
  const [row] = await read(sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${from} WHERE ${condition}`);
  return row!.count;
}

/** The rows beyond a cursor, said of each of what equals the record's id: an index behind any of them can start there. */
function readBounds(
  order: PageOrder,
  side: 'after' | 'before',
  cursor: string | null | undefined,
  ids: readonly RawBuilder<unknown>[],
): RawBuilder<unknown>[] {
  if (!isGiven(cursor)) return [];
  const position = decodeCursor(side, cursor, order.name, order.keys.length);
  if (!order.keys.every((key, index) => key.accepts(position.values[index]!)))
    throw new BadUserInputError(`${side}: expected a cursor of an earlier page, got another value`);
  return ids.map((id) => beyond(order, position, side, id));
}

function isGiven(cursor: string | null | undefined): cursor is string {
  return cursor !== null && cursor !== undefined;
}
