/**
 * The text of a definition without what PostgreSQL writes differently from us when it prints one: letter case, quotes,
 * parentheses, casts to text, the schema, and how the object was made. Definitions that differ in no more than that have the same text.
 */
export function normalizeDefinition(statement: string): string {
  return statement
    .toLowerCase()
    .replace(/^alter table \S+ (drop constraint if exists \S+, )?add constraint \S+ /, '')
    .replace(/"/g, '')
    .replace(/::(text|character varying)|\bpublic\.|[()\s]/g, '')
    .replace(/^create(orreplace)?(trigger|index)(concurrently)?/, '')
    .replace('usingbtree', '')
    .replace(/notvalid$/, '');
}
