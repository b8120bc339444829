import { isUuid } from '../uuid.ts';
import { BadUserInputError } from '../../errors.ts';

/** Where a row stands in an order: the values it is ordered by, as text, and its id. */
export interface Position {
  readonly values: readonly string[];
  readonly id: string;
}

/** Makes an opaque cursor. `order` names the order, so that a cursor is not used with another one. */
export function encodeCursor(order: string, position: Position): string {
  return Buffer.from(JSON.stringify([order, ...position.values, position.id])).toString('base64url');
}

/** @throws BadUserInputError for a cursor that this API did not make for this order. */
export function decodeCursor(argument: 'after' | 'before', cursor: string, order: string, width: number): Position {
  const parts = parse(cursor);
  const id = parts?.at(-1);
  if (parts === undefined || id === undefined || !isUuid(id))
    throw new BadUserInputError(`${argument}: expected a cursor of an earlier page, got ${JSON.stringify(cursor.slice(0, 100))}`);
  if (parts[0] !== order || parts.length !== width + 2)
    throw new BadUserInputError(`${argument}: the cursor belongs to a page with another orderBy`);
  return { values: parts.slice(1, -1), id };
}

function parse(cursor: string): string[] | undefined {
  try {
    const parts: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(cursor, 'base64url')));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string' && part.isWellFormed() && !part.includes('\0'))
      ? parts
      : undefined;
  } catch {
    return undefined;
  }
}
