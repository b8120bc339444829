import stringWidth from 'string-width';

export interface TableColumn {
  readonly header: string;
  readonly align?: 'left' | 'right';
}

/** Lines of aligned columns, two blanks apart, wide characters counted as terminals show them. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map((column) => column.header), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => stringWidth(cells[index] ?? ''))));
  return lines.map((cells) =>
    columns
      .map((column, index) => pad(cells[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(width - stringWidth(cell));
  return align === 'left' ? cell + blanks : blanks + cell;
}
