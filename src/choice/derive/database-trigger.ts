import { qualify, quoteIdentifier } from '../../database/identifier.ts';

/** A trigger of a choice field, as it is derived. */
export interface DatabaseTrigger {
  readonly name: string;
  readonly table: string;
  readonly timing: 'BEFORE' | 'AFTER';
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  /** SQL text; undefined: it fires for every row. */
  readonly when: string | undefined;
  /** The name of its function. */
  readonly calls: string;
}

export function createTrigger({ name, table, timing, event, when, calls }: DatabaseTrigger): string {
  return (
    `CREATE OR REPLACE TRIGGER ${quoteIdentifier(name)} ${timing} ${event} ON ${qualify(table)} FOR EACH ROW ` +
    `${when === undefined ? '' : `WHEN (${when}) `}EXECUTE FUNCTION ${qualify(calls)}()`
  );
}

export function dropTrigger({ name, table }: DatabaseTrigger): string {
  return `DROP TRIGGER IF EXISTS ${quoteIdentifier(name)} ON ${qualify(table)}`;
}
