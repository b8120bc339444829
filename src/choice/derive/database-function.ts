import { qualify } from '../../database/identifier.ts';

/** A function of a choice field, as it is derived. */
export interface DatabaseFunction {
  readonly name: string;
  /** Types of its parameters, as in `name(uuid, text)`. */
  readonly parameters: readonly string[];
  readonly returns: 'trigger' | 'void';
  /**
   * Whether it runs with its owner's rights. Nobody else may execute such a one: hung on a table of somebody's own, it would
   * tell them any tenant's choices.
   */
  readonly definer: boolean;
  /** The source as the catalog keeps it. */
  readonly body: string;
}

/** The setting that every function runs under, as the catalog keeps it. */
export const FUNCTION_SETTING = 'search_path=pg_catalog, pg_temp';

export function createFunction(derived: DatabaseFunction): string {
  const security = derived.definer ? 'SECURITY DEFINER' : 'SECURITY INVOKER';
  const create =
    `CREATE OR REPLACE FUNCTION ${signature(derived)} RETURNS ${derived.returns} ` +
    `LANGUAGE plpgsql ${security} SET ${FUNCTION_SETTING.replace('=', ' = ')} AS $body$${derived.body}$body$`;
  return derived.definer ? `${create}; REVOKE EXECUTE ON FUNCTION ${signature(derived)} FROM PUBLIC` : create;
}

export function dropFunction(derived: DatabaseFunction): string {
  return `DROP FUNCTION IF EXISTS ${signature(derived)}`;
}

function signature({ name, parameters }: DatabaseFunction): string {
  return `${qualify(name)}(${parameters.join(', ')})`;
}
