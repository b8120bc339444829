import { quoteCell } from '../../csv/quote-cell.ts';
import type { ImportProblemCode } from './import-problem.ts';

/** What a column takes: the SQL type that a cell's text is cast to, and what is wrong with a cell that would not fit. */
export interface CellType {
  /** null: the text as it is. */
  readonly cast: string | null;
  check(cell: string): CellFault | undefined;
}

export interface CellFault {
  readonly code: ImportProblemCode;
  readonly message: string;
}

/** A column's type as the database's catalog has it. */
export interface CatalogType {
  readonly name: string;
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
}

const INTEGER_BYTES: Readonly<Record<string, number>> = { smallint: 2, integer: 4, bigint: 8 };

/** The first group holds the date, the second the time to the minute, the third the seconds. PostgreSQL reads this form under every DateStyle. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)$/;

/**
 * The check of a column's type: stricter than PostgreSQL's own, so that what passes is never cut, rounded or refused later.
 * Undefined for a type that a CSV cell has no agreed form for.
 */
export function cellType(type: CatalogType): CellType | undefined {
  if (type.name in INTEGER_BYTES) return integerType(type.name, INTEGER_BYTES[type.name]!);
  switch (type.name) {
    case 'text':
    case 'character varying':
      return textType(type.length);
    case 'numeric':
      return numericType(type.precision, type.scale);
    case 'timestamp with time zone':
      return {
        cast: 'timestamptz',
        check: (cell) =>
          isTimestamp(cell) ? undefined : fault('NOT_A_TIMESTAMP', 'a date and time with a time zone, such as 2026-11-22T12:00:00Z', cell),
      };
    case 'boolean':
      return {
        cast: 'boolean',
        check: (cell) => (cell === 'true' || cell === 'false' ? undefined : fault('NOT_A_BOOLEAN', 'true or false', cell)),
      };
    default:
      return undefined;
  }
}

/** Text of at most so many characters; PostgreSQL counts code points. */
export function textType(length: number | null): CellType {
  return {
    cast: null,
    check: (cell) => {
      if (length === null || cell.length <= length) return undefined;
      const characters = [...cell].length;
      return characters <= length
        ? undefined
        : { code: 'TOO_LONG', message: `expected at most ${length} characters, got ${characters}: ${quoteCell(cell)}` };
    },
  };
}

function integerType(name: string, bytes: number): CellType {
  const limit = 1n << BigInt(bytes * 8 - 1);
  return {
    cast: name,
    check: (cell) => {
      const fits = /^[+-]?\d{1,30}$/.test(cell) && BigInt(cell.replace('+', '')) < limit && BigInt(cell.replace('+', '')) >= -limit;
      return fits ? undefined : fault('NOT_AN_INTEGER', `a whole number from ${-limit} to ${limit - 1n}`, cell);
    },
  };
}

/** Digits beyond the scale would be rounded away: they are refused unless they are zeros. */
function numericType(precision: number | null, scale: number | null): CellType {
  const places = scale ?? 0;
  const limit = precision === null ? '' : ` with at most ${precision - places} digits before the point and ${places} after it`;
  return {
    cast: 'numeric',
    check: (cell) => {
      const [, whole, fraction = ''] = /^[+-]?(\d+)(?:\.(\d+))?$/.exec(cell) ?? [];
      const fits =
        whole !== undefined &&
        (precision === null || (digits(whole) <= precision - places && fraction.replace(/0+$/, '').length <= places));
      return fits ? undefined : fault('NOT_A_NUMBER', `a number${limit}, such as 1234.5`, cell);
    },
  };
}

function digits(whole: string): number {
  return whole.replace(/^0+/, '').length;
}

function isTimestamp(cell: string): boolean {
  const [, date, minutes, seconds = '00'] = TIMESTAMP.exec(cell) ?? [];
  if (date === undefined || date.startsWith('0000')) return false;
  const time = new Date(`${date}T${minutes}:${seconds}Z`);
  // The 30th of February and 24:00 are dates to JavaScript, but other ones.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(`${date}T${minutes}:${seconds}`);
}

function fault(code: ImportProblemCode, expected: string, cell: string): CellFault {
  return { code, message: `expected ${expected}, got ${quoteCell(cell)}` };
}
