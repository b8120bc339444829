import { extname } from 'node:path';
import { UsageError } from '../../errors.ts';
import { findEmbeddedTexts } from './find-embedded-texts.ts';
import { type FoundTexts, wholeText } from './graphql-text.ts';
import { isScript, SCRIPTS } from './parse-script.ts';
import type { SourceFile } from './rewrite-result.ts';

const DOCUMENTS = ['.graphql', '.gql'];

/** Whether files of this name are looked into. */
export function canHoldDocuments(path: string): boolean {
  return DOCUMENTS.includes(extname(path)) || isScript(path);
}

/**
 * The GraphQL documents in a file. `ordinal` tells the file from the project's others.
 * @throws UsageError for a file of another kind.
 */
export async function readDocuments({ path, text }: SourceFile, ordinal: number): Promise<FoundTexts> {
  const extension = extname(path);
  if (DOCUMENTS.includes(extension)) return { texts: [wholeText(text)], unreadable: [] };
  if (isScript(path)) return findEmbeddedTexts(path, text, `interpolation_${ordinal}_`);
  throw new UsageError(`Expected a file that ends in ${[...DOCUMENTS, ...SCRIPTS].join(', ')}, got ${path}`);
}
