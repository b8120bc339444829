import { CsvError, parse, type Parser } from 'csv-parse';
import type { CellFault } from './row-problem.ts';

/** What bytes are read from at places of the reader's choice: an open file, such as a `FileHandle`. */
export interface ByteSource {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }>;
}

/** A record as its bytes are in the file, without the quotes around cells. */
export interface CsvRecord {
  /** The line on which it starts, from 1. */
  readonly line: number;
  readonly cells: readonly Buffer[];
}

/** Records that were read together, and the bytes of the file that were read so far. */
export interface CsvBatch {
  readonly records: readonly CsvRecord[];
  readonly bytesRead: number;
  /** Why nothing comes after these records: from `line` on the file cannot be understood. */
  readonly broken?: CsvFault & { readonly line: number };
}

export interface CsvFault extends CellFault {
  readonly code: 'BROKEN_QUOTE' | 'RECORD_TOO_LONG';
}

const CHUNK = 64 * 1024;
const LONGEST_RECORD = 1024 * 1024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads CSV (RFC 4180; LF or CRLF, with or without a byte order mark) in pieces: the next is read once the one before
 * it was taken. Lines without anything are passed over. Bytes stay as they are: what they mean is for others to say.
 */
export async function* readCsv(file: ByteSource): AsyncGenerator<CsvBatch> {
  let records: CsvRecord[] = [];
  let line = 1;
  let bytesRead = 0;
  const parser = createParser((cells) => {
    if (cells.length > 1 || cells[0]!.length > 0) records.push({ line, cells });
    // Not the parser's own count, which takes a CRLF within quotes for two lines.
    line += 1 + countLineFeeds(cells);
  });

  for (;;) {
    const chunk = await readChunk(file, bytesRead);
    try {
      await (chunk.length > 0 ? write(parser, bytesRead === 0 ? dropByteOrderMark(chunk) : chunk) : end(parser));
    } catch (error) {
      const fault = error instanceof CsvError ? FAULTS[error.code] : undefined;
      if (fault === undefined) throw error;
      yield { records, bytesRead, broken: { ...fault, line } };
      return;
    }
    bytesRead += chunk.length;
    yield { records, bytesRead };
    if (chunk.length === 0) return;
    records = [];
  }
}

/** `on_record` is called while a chunk is written, so that no record waits in a queue. */
function createParser(onRecord: (cells: readonly Buffer[]) => void): Parser {
  const parser = parse({
    encoding: null,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: LONGEST_RECORD,
    on_record: (cells: unknown) => {
      onRecord(cells as readonly Buffer[]);
      return null;
    },
  });
  // The write that failed rejects with the same error.
  parser.on('error', () => undefined);
  return parser;
}

/** At a place of its own choice, so that a file can be read twice. The first chunk is never shorter than a byte order mark unless the file is. */
async function readChunk(file: ByteSource, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
  return buffer.subarray(0, bytesRead);
}

function write(parser: Parser, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => parser.write(chunk, (error) => (error ? reject(error) : resolve())));
}

function end(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', reject);
    parser.end(resolve);
  });
}

function dropByteOrderMark(chunk: Buffer): Buffer {
  return chunk.subarray(0, 3).equals(BYTE_ORDER_MARK) ? chunk.subarray(3) : chunk;
}

function countLineFeeds(cells: readonly Buffer[]): number {
  let count = 0;
  for (const cell of cells) for (let at = cell.indexOf(10); at >= 0; at = cell.indexOf(10, at + 1)) count += 1;
  return count;
}

/** Errors of csv-parse → what they mean to whoever mends the file. */
const FAULTS: Readonly<Record<string, CsvFault>> = {
  CSV_QUOTE_NOT_CLOSED: {
    code: 'BROKEN_QUOTE',
    message: 'expected the quote that is opened in this record to be closed, got the end of the file',
  },
  CSV_INVALID_CLOSING_QUOTE: {
    code: 'BROKEN_QUOTE',
    message:
      'expected a comma or the end of the line after a closing quote (a quote within quotes is written twice), got another character',
  },
  INVALID_OPENING_QUOTE: {
    code: 'BROKEN_QUOTE',
    message: 'expected a quote only at the start of a cell, got one in the middle (a cell with a quote stands in quotes)',
  },
  CSV_MAX_RECORD_SIZE: {
    code: 'RECORD_TOO_LONG',
    message: `expected a record of at most ${LONGEST_RECORD} bytes, got a longer one: a quote that is opened in it may not be closed`,
  },
};
