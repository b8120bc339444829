import type { GraphQLSchema } from 'graphql';
import type { ApiVersion } from '../../versions/api-versions.ts';
import { listDeprecations } from '../../versions/list-deprecations.ts';
import type { Fault } from '../finding.ts';
import { type ReplacementScope, findReplacementMistake } from './resolve-replacement.ts';

/** What a version says to use instead of its deprecated members is there, and stays. */
export function findUnknownReplacements(view: GraphQLSchema, version: ApiVersion): Fault[] {
  return listDeprecations(view, version).flatMap(({ coordinate, replacement }) =>
    judgeReplacement(view, coordinate, replacement, 'siblings'),
  );
}

/** None or one. */
export function judgeReplacement(schema: GraphQLSchema, coordinate: string, replacement: string, scope: ReplacementScope): Fault[] {
  const mistake = findReplacementMistake(schema, coordinate, replacement, scope);
  if (mistake === undefined) return [];
  const message = `${coordinate} is deprecated in favour of \`${replacement}\`: ${mistake}.`;
  return [{ kind: 'DEPRECATION_REPLACEMENT_UNKNOWN', coordinate, message }];
}

/**
 * What a reason says to use: `text` is its code, or a word that can only be a name; absent where it says so in prose. Undefined where
 * it says nothing.
 */
export function readReplacement(reason: string, coordinate: string): { readonly text?: string } | undefined {
  const own = coordinate.replace(/^.*[.(]|:?\)$/g, '');
  const codeIn = (text: string) =>
    [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.trim()).find((code) => code !== own && code !== coordinate && code !== '');
  const [, advice] = /(?<!\b(?:not|never|longer)\s+|n't\s+)\buse\s+(\S.*)/is.exec(reason) ?? [];
  const [sentence = ''] = advice?.split(/[.;!?](?=\s|$)/) ?? [];
  const [, word = '', rest = ''] = /^([_A-Za-z]\w*(?:\.\w+)*(?:\(\w+:\))?)(.*)$/s.exec(sentence) ?? [];
  const isAlone = /^(?:[,:)]|\s+instead\b|\s*$)/i.test(rest) && /^[A-Z]/.test(word) === /^[A-Z]/.test(own);
  const isName = word !== '' && (/[_.(]|^[a-z]+[A-Z]/.test(word) || isAlone);
  const text = (isName ? word : codeIn(sentence)) ?? codeIn(reason);
  if (text !== undefined) return { text };
  return advice === undefined ? undefined : {};
}
