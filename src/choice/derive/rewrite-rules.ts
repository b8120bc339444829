import type { RewriteRule } from '../../evolution/codemod/rewrite-rule.ts';
import type { ChoiceField } from '../choice-field.ts';
import { INPUT_SUFFIXES } from './lifecycle.ts';

const FILTER_NOTE = 'also finds aliases of the key, and choices merged into it';
const VARIABLE_NOTE = 'refuses a value that is no key, such as an alias';
const FILTER_VARIABLE_NOTE = `finds nothing by a value that is no key, such as an alias, and ${FILTER_NOTE}`;

/**
 * How operations do without the legacy members of each field. A hardcoded key names the same choice in both members; any other
 * string may be an alias, which only the legacy member takes. A filter by a key finds every string that means it.
 */
export function deriveRewriteRules(fields: readonly ChoiceField[]): RewriteRule[] {
  return fields.flatMap(({ owner, coordinate, legacy, ref, hardcoded }): RewriteRule[] => {
    const literals = hardcoded.map(([key]) => key);
    const wrapped = { field: ref, wrap: ['key'], literals };
    return [
      { coordinate, kind: 'field', replacement: { field: ref, selection: 'key' } },
      { coordinate: `${INPUT_SUFFIXES.create(owner)}.${legacy}`, kind: 'input', replacement: { ...wrapped, variableNote: VARIABLE_NOTE } },
      { coordinate: `${INPUT_SUFFIXES.update(owner)}.${legacy}`, kind: 'input', replacement: { ...wrapped, variableNote: VARIABLE_NOTE } },
      {
        coordinate: `${INPUT_SUFFIXES.filter(owner)}.${legacy}`,
        kind: 'input',
        replacement: { ...wrapped, list: true, note: FILTER_NOTE, variableNote: FILTER_VARIABLE_NOTE },
      },
    ];
  });
}
