/** The schema that all tables live in. Functions with a pinned search_path name it. */
export const SCHEMA = 'public';

/** Quotes a name for SQL text (PostgreSQL manual, 4.1.1). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table's name with its schema, quoted. */
export function qualify(table: string): string {
  return `${quoteIdentifier(SCHEMA)}.${quoteIdentifier(table)}`;
}

/** Quotes a string constant for DDL, where parameters cannot be bound. */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
