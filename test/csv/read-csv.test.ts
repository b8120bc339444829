import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CsvBatch, readCsv } from '../../src/csv/read-csv.ts';
import { leadFile, leadLine, writeExport } from '../crm/import/export-files.ts';

async function withFile<T>(content: string | Buffer, use: (batches: AsyncGenerator<CsvBatch>) => Promise<T>): Promise<T> {
  const { folder, remove } = await writeExport({ 'leads.csv': content });
  const file = await open(join(folder, 'leads.csv'));
  try {
    return await use(readCsv(file));
  } finally {
    await file.close();
    await remove();
  }
}

async function readAll(content: string | Buffer): Promise<{ line: number; cells: string[] }[]> {
  return withFile(content, async (batches) => {
    const records = [];
    for await (const batch of batches)
      records.push(...batch.records.map(({ line, cells }) => ({ line, cells: cells.map((cell) => cell.toString('latin1')) })));
    return records;
  });
}

test('a record is on the line where it starts, however many line ends its cells hold', async () => {
  expect(await readAll('a,b\r\n"1\r\n2\n3",x\r\n\r\n"",""\r\n4,"\r"\r\ny,z')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1\r\n2\n3', 'x'] },
    { line: 6, cells: ['', ''] },
    { line: 7, cells: ['4', '\r'] },
    { line: 8, cells: ['y', 'z'] },
  ]);
});

test('any bytes in quotes come back as they were, on the right line, across the borders of chunks', async () => {
  const cell = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constantFrom('\r\n', '\n', '"', '""', ',', '\ufeff', '').map((text) => Buffer.from(text)),
  );
  const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom('\n', '\r\n'), fc.nat({ max: 20 }), async (written, lineEnd, offset) => {
      // The padding moves the records over the border between the first and the second chunk.
      const padding = 'p'.repeat(65_536 - offset);
      const quote = (bytes: Uint8Array) => `"${Buffer.from(bytes).toString('latin1').replaceAll('"', '""')}"`;
      const text = [`${padding},`, ...written.map((cells) => cells.map(quote).join(','))].join(lineEnd);
      const read = await readAll(Buffer.from(text, 'latin1'));

      let line = 2;
      const expected = written.map((cells) => {
        const texts = cells.map((bytes) => Buffer.from(bytes).toString('latin1'));
        const record = { line, cells: texts };
        line += 1 + texts.join('').split('\n').length - 1;
        return record;
      });
      expect(read.slice(1)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test('the file is read no further than records are taken', async () => {
  const content = leadFile(...Array.from({ length: 100_000 }, (_, index) => leadLine({ legacy_id: String(index) })));
  await withFile(content, async (batches) => {
    const first = await batches.next();
    expect((first.value as CsvBatch).records.length).toBeGreaterThan(100);
    expect((first.value as CsvBatch).bytesRead).toBe(65_536);
    const second = await batches.next();
    expect((second.value as CsvBatch).bytesRead).toBe(131_072);
    expect((second.value as CsvBatch).records[0]!.line).toBe((first.value as CsvBatch).records.at(-1)!.line + 1);
    await batches.return(undefined);
  });
});

test('what comes before a broken quote is still read', async () => {
  await withFile('a,b\n1,2\n3,"4" 5\n6,7\n', async (batches) => {
    const { value } = (await batches.next()) as { value: CsvBatch };
    expect(value.records.map(({ line }) => line)).toEqual([1, 2]);
    expect(value.broken).toMatchObject({ code: 'BROKEN_QUOTE', line: 3 });
    expect((await batches.next()).done).toBe(true);
  });
});
