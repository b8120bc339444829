import { sql } from 'kysely';
import type { ChoiceField } from '../../choice/choice-field.ts';
import type { ChoiceRegistry } from '../../choice/choice-registry.ts';
import { quoteCell } from '../../csv/quote-cell.ts';
import { SCHEMA } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type CellType, cellType, textType } from './cell-type.ts';
import type { LegacyTable } from './legacy-table.ts';

/** A column that a file may have. */
export interface LegacyColumn {
  /** In the header. */
  readonly name: string;
  /** In the table. */
  readonly target: string;
  readonly type: CellType;
  /** What an empty cell stands for: the empty string, NULL, the column's default, or a mistake. */
  readonly empty: 'text' | 'null' | 'default' | 'refused';
  /** Whether a file without it is refused. */
  readonly required: boolean;
  /** SQL text, for cells that are empty. */
  readonly default: string | null;
  /** The table whose `legacy_id` the cell holds. */
  readonly references: string | null;
  /** The choice field whose legacy string the cell holds. */
  readonly choice: ChoiceField | null;
}

interface CatalogColumn {
  readonly column_name: string;
  readonly data_type: string;
  readonly character_maximum_length: number | null;
  readonly numeric_precision: number | null;
  readonly numeric_scale: number | null;
  readonly nullable: boolean;
  readonly column_default: string | null;
}

/** What a B-tree entry of tenant and legacy id holds in any encoding of the characters. */
const LONGEST_LEGACY_ID = 255;
/** Columns that the import fills by itself. */
const OWN_COLUMNS = ['tenant_id', 'id', 'legacy_id', 'version', 'updated_at'];

/**
 * The columns that a file of this table may have: those of the table as the database has it now, the tenant's slug for
 * `tenant_id`, and `account_legacy_id` for `account_id`. The legacy column of a choice field is among them also where the table
 * has it no more. Refs of choice fields are not: they follow from the strings.
 */
export async function readLegacyColumns(db: Sql, registry: ChoiceRegistry, table: LegacyTable): Promise<readonly LegacyColumn[]> {
  return chooseColumns(await readCatalog(db, table.table), registry, table);
}

/** The choice fields among the columns whose string the table has no column for, in this transaction: locking it keeps that so. */
export async function findGoneColumns(db: Sql, table: LegacyTable, columns: readonly LegacyColumn[]): Promise<readonly ChoiceField[]> {
  await sql`LOCK TABLE ${sql.table(table.table)} IN ROW EXCLUSIVE MODE`.execute(db);
  const present = new Set((await readCatalog(db, table.table)).map((column) => column.column_name));
  return columns.flatMap(({ choice }) => (choice === null || present.has(choice.legacyColumn) ? [] : [choice]));
}

function chooseColumns(catalog: readonly CatalogColumn[], registry: ChoiceRegistry, table: LegacyTable): readonly LegacyColumn[] {
  const fields = registry.fieldsOf(table.owner);
  const left = new Set([...OWN_COLUMNS, ...fields.map((field) => field.refColumn)]);
  const choices = new Map(fields.map((field) => [field.legacyColumn, field]));
  const present = new Set(catalog.map((column) => column.column_name));
  return [
    { ...textColumn('tenant', slugType), target: 'tenant_id' },
    textColumn('legacy_id', textType(LONGEST_LEGACY_ID)),
    ...catalog
      .filter((column) => !left.has(column.column_name))
      .flatMap((column) => {
        const field = choices.get(column.column_name);
        return field ? describeChoice(field) : describeColumn(column, table);
      }),
    ...fields.filter((field) => !present.has(field.legacyColumn)).map(describeChoice),
  ];
}

/** As it is declared, whether the table has it or not. An empty cell is the empty string. */
function describeChoice(field: ChoiceField): LegacyColumn {
  const name = field.legacyColumn;
  return { ...textColumn(name, textType(field.length)), empty: 'text', required: field.required && field.default === null, choice: field };
}

function describeColumn(column: CatalogColumn, table: LegacyTable): LegacyColumn[] {
  const target = column.column_name;
  const references = table.references[target] ?? null;
  const type = references === null ? cellType(typeOf(column)) : textType(LONGEST_LEGACY_ID);
  if (type === undefined) return [];
  const empty = column.nullable ? 'null' : column.column_default === null ? 'refused' : 'default';
  return [
    {
      name: references === null ? target : target.replace(/_id$/, '_legacy_id'),
      target,
      type,
      empty,
      required: empty === 'refused',
      default: column.column_default,
      references,
      choice: null,
    },
  ];
}

/** A column that every file has and every row fills. */
function textColumn(name: string, type: CellType): LegacyColumn {
  return { name, target: name, type, empty: 'refused', required: true, default: null, references: null, choice: null };
}

const slugType: CellType = {
  cast: null,
  check: (cell) =>
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(cell)
      ? undefined
      : {
          code: 'INVALID_SLUG',
          message: `expected a tenant's slug: 1 to 63 lower-case letters, digits and inner hyphens, got ${quoteCell(cell)}`,
        },
};

function typeOf(column: CatalogColumn) {
  return {
    name: column.data_type,
    length: column.character_maximum_length,
    precision: column.numeric_precision,
    scale: column.numeric_scale,
  };
}

async function readCatalog(db: Sql, table: string): Promise<CatalogColumn[]> {
  const { rows } = await sql<CatalogColumn>`
    SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable = 'YES' AS nullable, column_default
    FROM information_schema.columns
    WHERE table_schema = ${SCHEMA} AND table_name = ${table} AND is_generated = 'NEVER'
    ORDER BY ordinal_position`.execute(db);
  return rows;
}
