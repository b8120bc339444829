import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import type { CorpusOperation } from '../compatibility/corpus-operation.ts';

const LISTS: Readonly<Record<string, string>> = { Lead: 'leads', Account: 'accounts', Opportunity: 'opportunities', Task: 'tasks' };

/** New operations over every choice field: objects and labels, filters by key and by absence, both orders, whole walks. */
export const dynamicReads: readonly CorpusOperation[] = choiceRegistry.fields.flatMap((field) => {
  const list = LISTS[field.owner]!;
  const select = `id ${field.legacy} ${field.ref} { id key label position active } ${field.label}`;
  const order = field.legacyColumn.toUpperCase();
  const page = (name: string, args: string): CorpusOperation => ({
    name: `${field.coordinate} ${name}`,
    query: `{ ${list}(first: 500${args}) { totalCount nodes { ${select} } } }`,
  });
  return [
    page('all at once', ''),
    ...field.hardcoded.slice(0, 3).map(([key]) => page(`with ${key}`, `, filter: { ${field.ref}: { key: ["${key}"] } }`)),
    ...field.hardcoded.slice(0, 2).map(([key]) => page(`with the string ${key}`, `, filter: { ${field.legacy}: "${key}" }`)),
    page('without', `, filter: { ${field.ref}: { isNull: true } }`),
    page('with any', `, filter: { ${field.ref}: { isNull: false } }`),
    page('ascending', `, orderBy: [{ field: ${order} }]`),
    page('descending', `, orderBy: [{ field: ${order}, direction: DESC }]`),
  ];
});
