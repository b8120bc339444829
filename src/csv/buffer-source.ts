import type { ByteSource } from './read-csv.ts';

/** Bytes that are there already, to be read as a file is. */
export function openBuffer(bytes: Buffer): ByteSource {
  return {
    read: (buffer, offset, length, position) =>
      Promise.resolve({ buffer, bytesRead: bytes.copy(buffer, offset, position, position + length) }),
  };
}
