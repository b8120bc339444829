import type { SheetRow } from './parse-sheet.ts';
import type { SheetChoice } from './sheet-choice.ts';
import type { SheetColumn } from './sheet-columns.ts';
import type { SheetValue } from './sheet-format.ts';

/** What an import changes of one cell: its text before and after; null where there is nothing. */
export interface SheetCellChange {
  readonly column: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What becomes of a choice. */
export interface SheetRowChange {
  /** Of the sheet; null for a choice that is not in it, but moves because others do. */
  readonly line: number | null;
  readonly key: string;
  readonly action: 'create' | 'update' | 'unchanged';
  /** Of a choice that is created: the cells that have anything. */
  readonly changes: readonly SheetCellChange[];
}

/** Each row of a sheet in its order, and then the choices that changed without being in it. */
export function compareSheets(
  columns: readonly SheetColumn[],
  rows: readonly SheetRow[],
  before: readonly SheetChoice[],
  after: readonly SheetChoice[],
): readonly SheetRowChange[] {
  const [old, current] = [before, after].map((choices) => new Map(choices.map((choice) => [choice.key, choice]))) as [
    Map<string, SheetChoice>,
    Map<string, SheetChoice>,
  ];
  const compare = (key: string, line: number | null): SheetRowChange => {
    const was = old.get(key);
    const changes = compareChoices(columns, was, current.get(key)!);
    return { line, key, action: was === undefined ? 'create' : changes.length > 0 ? 'update' : 'unchanged', changes };
  };
  const named = new Set(rows.map(({ key }) => key));
  const others = after.filter(({ key }) => !named.has(key)).map(({ key }) => compare(key, null));
  return [...rows.map(({ key, line }) => compare(key, line)), ...others.filter(({ action }) => action !== 'unchanged')];
}

function compareChoices(columns: readonly SheetColumn[], was: SheetChoice | undefined, is: SheetChoice): SheetCellChange[] {
  return columns
    .map((column) => ({
      column: column.name,
      before: was === undefined ? null : showValue(column.valueOf(was)),
      after: showValue(column.valueOf(is)),
    }))
    .filter(({ before, after }) => before !== after);
}

/** No list and an empty one are the same to a sheet. */
function showValue(value: SheetValue): string | null {
  if (value === null || (Array.isArray(value) && value.length === 0)) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
