import { type RawBuilder, sql } from 'kysely';
import type { ChoiceRules } from '../../choice/rules.ts';
import type { Read, ReadStatement } from '../../database/read.ts';
import { createStatementTemplates, type StatementTemplates } from '../../database/statement-templates.ts';
import type { Page } from '../../choice/graphql/connection-type.ts';
import type { FilterPart } from '../../choice/derive/filter.ts';
import { decodeCursor, encodeCursor, type Position } from '../../choice/graphql/cursor.ts';
import { pageSize } from '../../choice/graphql/page-size.ts';
import { BadUserInputError } from '../../errors.ts';
import { beyond, createPageOrder, orderClause, type OrderInput, type PageOrder } from './page-order.ts';
import { filterRecords, type RecordFilter } from './record-filter.ts';
import type { RecordDefinition } from './record-definition.ts';
import { nameStorage, type SelectedRow, selectMembers } from './select-record.ts';

export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly filter?: RecordFilter | null;
  readonly orderBy?: readonly OrderInput[] | null;
}

/** By the members that are wanted: texts of pages by id alone, which are what lists begin with. */
const templates = new WeakMap<ReadonlySet<string>, StatementTemplates>();
/** Pages of so many sizes and directions, for each set of members. */
const MOST_TEMPLATES = 16;

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
  const bounds = { after: readPosition(order, 'after', page.after), before: readPosition(order, 'before', page.before) };
  const slice: PageSlice = { order, size, backwards, bounds, filter: page.filter };
  const rows = await read(selectPage(tenantId, rules, record, slice, members));

  const more = rows.length > size;
  const nodes = more ? rows.slice(0, size) : rows;
  if (backwards) nodes.reverse();
  return {
    nodes,
    cursorAt: (index) => {
      const node = nodes[index]!;
      return encodeCursor(order.name, { values: order.keys.map((_, key) => node[`order_${key}`] as string), id: node.id });
    },
    hasNextPage: backwards ? bounds.before !== undefined : more,
    hasPreviousPage: backwards ? more : bounds.after !== undefined,
  };
}

/** A page as it is asked for, checked. */
interface PageSlice {
  readonly order: PageOrder;
  readonly size: number;
  readonly backwards: boolean;
  readonly bounds: Readonly<Record<'after' | 'before', Position | undefined>>;
  readonly filter: RecordFilter | null | undefined;
}

/** The statement of a page, with one row more than it has to have: so it is told whether there are others. */
function selectPage(
  tenantId: string,
  rules: ChoiceRules,
  record: RecordDefinition,
  slice: PageSlice,
  members: ReadonlySet<string>,
): ReadStatement<SelectedRow> {
  const { order, size, backwards, bounds, filter } = slice;
  const build = () => buildPage(tenantId, rules, record, slice, members);
  if (order.keys.length > 0 || filter) return build();
  const known = templates.get(members) ?? createStatementTemplates(MOST_TEMPLATES);
  templates.set(members, known);
  const values = { tenantId, ...(bounds.after && { after: bounds.after.id }), ...(bounds.before && { before: bounds.before.id }) };
  const key = [nameStorage(record, tenantId, rules), size, backwards, ...Object.keys(values)].join();
  return known.fill(key, values, build);
}

function buildPage(
  tenantId: string,
  rules: ChoiceRules,
  record: RecordDefinition,
  { order, size, backwards, bounds, filter }: PageSlice,
  members: ReadonlySet<string>,
): ReadStatement<SelectedRow> {
  const idOrder = order.keys.length > 0 ? undefined : backwards ? 'DESC' : 'ASC';
  const { from, condition, ids, parts } = filterRecords(record, tenantId, rules, filter, idOrder);
  // The rows beyond a cursor, said of each of what equals the record's id: an index behind any of them can start there.
  const beyondBounds = (['after', 'before'] as const).flatMap((side) => {
    const position = bounds[side];
    return position === undefined ? [] : ids.map((id) => beyond(order, position, side, id));
  });
  const keys = order.keys.map((key, index) => sql`, ${key.text} AS ${sql.id(`order_${index}`)}`);
  // PostgreSQL keeps a plan only where it knows the size; of a filtered page it walks the index in order only where it does not.
  const limit = !filter ? sql.lit(size + 1) : size + 1;
  const where = sql.join([condition, ...beyondBounds], sql` AND `);
  const ending = sql`ORDER BY ${orderClause(order, backwards, ids[0])} LIMIT ${limit}`;
  const joins = sql.join(
    order.keys.map((key) => key.join ?? sql``),
    sql` `,
  );
  return sql<SelectedRow>`
    SELECT ${selectMembers(record, tenantId, rules, members)} ${sql.join(keys, sql``)}
    ${parts ? sql`FROM ${readParts(from, parts, sql`${where} ${ending}`)}` : sql`FROM ${from} ${joins} WHERE ${where}`}
    ${ending}`;
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

function readPosition(order: PageOrder, side: 'after' | 'before', cursor: string | null | undefined): Position | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const position = decodeCursor(side, cursor, order.name, order.keys.length);
  if (!order.keys.every((key, index) => key.accepts(position.values[index]!)))
    throw new BadUserInputError(`${side}: expected a cursor of an earlier page, got another value`);
  return position;
}
