import { matchHeader } from '../../csv/match-header.ts';
import { quoteCell } from '../../csv/quote-cell.ts';
import { type ByteSource, type CsvRecord, readCsv } from '../../csv/read-csv.ts';
import { createProblemList, type ProblemList } from '../../csv/row-problem.ts';
import { findTextFault } from '../../csv/text-fault.ts';
import type { SheetColumn } from './sheet-columns.ts';
import type { SheetFormat, SheetValue } from './sheet-format.ts';
import { ChoiceSheetError, type SheetProblem } from './sheet-problem.ts';

/** A file, or what a request sends as one. */
export interface SheetSource {
  /** What problems call it. */
  readonly name: string;
  readonly bytes: ByteSource;
}

/** A row of a sheet: what it says of the choice with a key. */
export interface SheetRow {
  /** The line on which it starts, from 1. */
  readonly line: number;
  readonly key: string;
  /** Of the columns that the sheet has, the key's among them. */
  readonly values: ReadonlyMap<SheetColumn, SheetValue>;
}

/** More than a tenant's choices of a type will ever be. */
const MOST_ROWS = 10_000;

/**
 * Reads a sheet whose header names some of the columns in any order.
 * @throws ChoiceSheetError with all that is wrong in it.
 */
export async function parseSheet({ name, bytes }: SheetSource, columns: readonly SheetColumn[]): Promise<readonly SheetRow[]> {
  const problems = createProblemList<SheetProblem>(name);
  const rejectProblems = () => {
    if (problems.total > 0) throw new ChoiceSheetError(name, problems);
  };
  const records = await readRecords(bytes, problems);
  if (records.length === 0) rejectProblems();
  const header = matchHeader(records[0], columns, problems);
  if (header.length < (records[0]?.cells.length ?? 1)) rejectProblems();
  const rows = records.slice(1).flatMap((record) => readRow(record, header, problems));
  findRepeated(rows, problems);
  rejectProblems();
  return rows;
}

async function readRecords(bytes: ByteSource, problems: ProblemList<SheetProblem>): Promise<CsvRecord[]> {
  const all: CsvRecord[] = [];
  for await (const { records, broken } of readCsv(bytes)) {
    all.push(...records);
    if (all.length > MOST_ROWS + 1) {
      const { line } = all[MOST_ROWS + 1]!;
      problems.add({ code: 'TOO_MANY_ROWS', line, column: null, message: `expected at most ${MOST_ROWS} rows, got more` });
      return all.slice(0, MOST_ROWS + 1);
    }
    if (broken) problems.add({ ...broken, column: null });
  }
  return all;
}

/** None where a cell of it is wrong. */
function readRow({ line, cells }: CsvRecord, header: readonly SheetColumn[], problems: ProblemList<SheetProblem>): SheetRow[] {
  if (cells.length !== header.length) {
    problems.add({ code: 'CELL_COUNT', line, column: null, message: `expected ${header.length} cells, got ${cells.length}` });
    return [];
  }
  const values = new Map<SheetColumn, SheetValue>();
  for (const [index, column] of header.entries()) {
    const reading = readCell(cells[index]!, column);
    if ('fault' in reading) problems.add({ ...reading.fault, line, column: column.name });
    else values.set(column, reading.value);
  }
  const key = values.get(header.find(({ required }) => required)!);
  return values.size === header.length ? [{ line, key: key as string, values }] : [];
}

function readCell(cell: Buffer, { format }: SheetColumn): ReturnType<SheetFormat['read']> {
  const text = cell.toString('utf8');
  const fault = findTextFault(cell, text);
  return fault ? { fault } : format.read(text);
}

function findRepeated(rows: readonly SheetRow[], problems: ProblemList<SheetProblem>): void {
  const first = new Map<string, number>();
  for (const { key, line } of rows)
    if (first.has(key)) {
      const message = `expected each key once, got ${quoteCell(key)} as in line ${first.get(key)!}`;
      problems.add({ code: 'DUPLICATE_ROW', line, column: 'key', message });
    } else first.set(key, line);
}
