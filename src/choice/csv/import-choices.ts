import { createProblemList } from '../../csv/row-problem.ts';
import { type Read, readThrough } from '../../database/read.ts';
import type { ChoiceType } from '../choice-field.ts';
import type { ChoiceEdit } from '../manage/choice-edit.ts';
import { applySheet } from './apply-sheet.ts';
import { compareSheets, type SheetRowChange } from './compare-sheets.ts';
import { parseSheet, type SheetRow, type SheetSource } from './parse-sheet.ts';
import { readSheet } from './sheet-choice.ts';
import { listSheetColumns, type SheetColumn } from './sheet-columns.ts';
import { ChoiceSheetError, type SheetProblem } from './sheet-problem.ts';

/** What an import did; in a dry run, what it would do. */
export interface ImportedSheet {
  /** Of the sheet's rows. */
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** The sheet's rows in its order, then choices that are not in it and move because others do. */
  readonly rows: readonly SheetRowChange[];
}

/** Runs work as an edit of a tenant's choices of the type: `editChoices`, of some place. */
type RunEdit = <Result>(work: (edit: ChoiceEdit) => Promise<Result>) => Promise<Result>;

/**
 * Brings a tenant's choices of one type to what a sheet says: all of it, or nothing. What the sheet leaves out stays: choices, columns,
 * aliases, and the position and activity of empty cells. A dry run does the same and takes it back, but for records that would get their
 * refs. Nothing to do: nothing is written.
 * @throws ChoiceSheetError with all that is wrong in the sheet; ConflictError; LimitExceededError.
 */
export async function importChoices(run: RunEdit, type: ChoiceType, source: SheetSource, dryRun: boolean): Promise<ImportedSheet> {
  const columns = listSheetColumns(type);
  const rows = await parseSheet(source, columns);
  const work = (edit: ChoiceEdit) => importRows(edit, source, columns, rows);
  return summarize(await (dryRun ? rehearse(run, work) : run(work)));
}

async function importRows(
  edit: ChoiceEdit,
  { name }: SheetSource,
  columns: readonly SheetColumn[],
  rows: readonly SheetRow[],
): Promise<readonly SheetRowChange[]> {
  const read: Read = readThrough(edit.transaction);
  const problems = createProblemList<SheetProblem>(name);
  const before = await readSheet(read, edit.tenant.id, edit.type);
  await applySheet(edit, rows, before, (problem) => problems.add(problem));
  if (problems.total > 0) throw new ChoiceSheetError(name, problems);
  return compareSheets(columns, rows, before, await readSheet(read, edit.tenant.id, edit.type));
}

/** What a rehearsal found. It is thrown, so that the transaction takes back what it did. */
class Rehearsed extends Error {
  constructor(readonly changes: readonly SheetRowChange[]) {
    super('a rehearsal ended');
  }
}

async function rehearse(run: RunEdit, work: (edit: ChoiceEdit) => Promise<readonly SheetRowChange[]>): Promise<readonly SheetRowChange[]> {
  try {
    return await run(async (edit) => {
      throw new Rehearsed(await work({ ...edit, rowsFollow: true }));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.changes;
    throw error;
  }
}

function summarize(changes: readonly SheetRowChange[]): ImportedSheet {
  const count = (action: SheetRowChange['action']) => changes.filter((row) => row.line !== null && row.action === action).length;
  return { created: count('create'), updated: count('update'), unchanged: count('unchanged'), rows: changes };
}
