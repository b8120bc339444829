import type { Read } from '../../database/read.ts';
import type { ChoiceType } from '../choice-field.ts';
import { readSheet } from './sheet-choice.ts';
import { listSheetColumns } from './sheet-columns.ts';

/** A sheet as CSV (RFC 4180, but for LF at the ends of lines), and how many choices it has. */
export interface ExportedSheet {
  readonly csv: string;
  readonly choices: number;
}

/** The choices of a tenant that were not deleted, as CSV that no spreadsheet carries out. Imported as it is, it changes nothing. */
export async function exportChoices(read: Read, tenantId: string, type: ChoiceType): Promise<ExportedSheet> {
  const columns = listSheetColumns(type);
  const choices = await readSheet(read, tenantId, type);
  const lines = [
    columns.map(({ name }) => name),
    ...choices.map((choice) => columns.map(({ format, valueOf }) => quote(format.write(valueOf(choice))))),
  ];
  return { csv: lines.map((cells) => `${cells.join()}\n`).join(''), choices: choices.length };
}

/** In quotes where the format asks for it, and where a reader could take a blank at an end, or a semicolon, for something else. */
function quote(cell: string): string {
  return /[",;\t\r\n]|^\s|\s$/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
