import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** In bytes. What is longer is generated, or no source at all. */
const LONGEST_FILE = 4 * 1024 * 1024;

/**
 * Reads a source file, so that writing the text gives the same bytes.
 * @returns its text, or why it cannot be read.
 */
export async function readSource(path: string): Promise<{ readonly text: string } | { readonly reason: string }> {
  let bytes: Buffer;
  try {
    // Without O_NONBLOCK, to open a named pipe would wait for somebody to write.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      if (size > LONGEST_FILE) return { reason: `is longer than ${LONGEST_FILE / 1024 / 1024} MiB: not looked into` };
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    return { reason: `cannot be read: ${(error as Error).message}` };
  }
  if (bytes.includes(0)) return { reason: 'is no text: not looked into' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { reason: 'is not UTF-8: not looked into' };
  }
}
