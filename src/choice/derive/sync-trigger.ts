import { qualify, quoteIdentifier, quoteLiteral, SCHEMA } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import { resolveExpression } from './resolve.ts';

/** The setting that the function runs under, as the catalog keeps it. */
export const SYNC_FUNCTION_SETTING = 'search_path=pg_catalog, pg_temp';

/** A trigger that keeps the legacy column and the ref column in step. */
export interface DerivedTrigger {
  readonly name: string;
  readonly statement: string;
}

export function syncFunctionName(field: ChoiceField): string {
  return `sync_${field.table}_${field.legacyColumn}`;
}

/**
 * The two triggers of a field. PostgreSQL fires triggers in the order of their names, and a WHEN sees what those before it
 * changed: the name sorts last, so that a column which another trigger writes is kept in step too (hence no UPDATE OF).
 */
export function deriveSyncTriggers(field: ChoiceField): readonly DerivedTrigger[] {
  const legacy = quoteIdentifier(field.legacyColumn);
  const ref = quoteIdentifier(field.refColumn);
  return [
    trigger(field, 'insert', `NEW.${ref} IS NOT NULL OR NEW.${legacy} <> ''`),
    trigger(field, 'update', `OLD.${legacy} IS DISTINCT FROM NEW.${legacy} OR OLD.${ref} IS DISTINCT FROM NEW.${ref}`),
  ];
}

function trigger(field: ChoiceField, event: 'insert' | 'update', when: string): DerivedTrigger {
  const name = `zzz_${syncFunctionName(field)}_${event}`;
  return {
    name,
    statement:
      `CREATE OR REPLACE TRIGGER ${quoteIdentifier(name)} BEFORE ${event.toUpperCase()} ON ${qualify(field.table)} ` +
      `FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION ${qualify(syncFunctionName(field))}()`,
  };
}

/**
 * The function behind both triggers.
 * SECURITY DEFINER, so that a writer who can read neither choices nor aliases still writes right;
 * the tenant is the row's own, so that no session setting can lead it astray.
 * Nobody else may execute it: hung on a table of somebody's own, it would tell them any tenant's choices.
 */
export function createSyncFunction(field: ChoiceField): string {
  const name = `${qualify(syncFunctionName(field))}()`;
  return (
    `CREATE OR REPLACE FUNCTION ${name} RETURNS trigger ` +
    `LANGUAGE plpgsql SECURITY DEFINER SET ${SYNC_FUNCTION_SETTING.replace('=', ' = ')} AS $sync$${syncFunctionBody(field)}$sync$; ` +
    `REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`
  );
}

/** The function's source as the catalog keeps it: direction comes from what changed, never from who writes. */
export function syncFunctionBody(field: ChoiceField): string {
  const legacy = `NEW.${quoteIdentifier(field.legacyColumn)}`;
  const ref = `NEW.${quoteIdentifier(field.refColumn)}`;
  const oldLegacy = `OLD.${quoteIdentifier(field.legacyColumn)}`;
  const oldRef = `OLD.${quoteIdentifier(field.refColumn)}`;
  const absent = [`${legacy} IS NULL`, `${legacy} = ''`, ...(field.default ? [`${legacy} = ${quoteLiteral(field.default)}`] : [])].join(
    ' OR ',
  );
  const choices = qualify(field.type.table);

  return `
DECLARE
  legacy_changed boolean;
  ref_changed boolean;
  chosen record;
  resolved uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    ref_changed := ${ref} IS NOT NULL;
    legacy_changed := NOT ref_changed OR NOT (${absent});
  ELSE
    ref_changed := ${oldRef} IS DISTINCT FROM ${ref};
    legacy_changed := ${oldLegacy} IS DISTINCT FROM ${legacy};
  END IF;

  IF ref_changed AND ${ref} IS NOT NULL THEN
    SELECT root.id, root.key, root.deleted_at INTO chosen
    FROM ${choices} AS choice
    JOIN ${choices} AS root ON root.tenant_id = choice.tenant_id AND root.id = coalesce(choice.merged_into_id, choice.id)
    WHERE choice.tenant_id = NEW.tenant_id AND choice.id = ${ref};
    IF NOT FOUND THEN
      -- The foreign key refuses this row; '' keeps a NOT NULL from hiding the reason.
      ${legacy} := coalesce(${legacy}, '');
      RETURN NEW;
    END IF;
    IF chosen.deleted_at IS NOT NULL THEN
      RAISE EXCEPTION '${field.coordinate}: the choice "%" was deleted', chosen.key
        USING ERRCODE = 'foreign_key_violation', SCHEMA = ${quoteLiteral(SCHEMA)}, TABLE = ${quoteLiteral(field.table)}, COLUMN = ${quoteLiteral(field.refColumn)};
    END IF;
    ${ref} := chosen.id;
  END IF;

  IF ref_changed AND NOT legacy_changed AND ${ref} IS NULL THEN
    ${legacy} := ${field.required ? "''" : 'NULL'};
    RETURN NEW;
  END IF;

  resolved := ${resolveExpression(field.type, 'NEW.tenant_id', legacy)};
  IF NOT ref_changed THEN
    ${ref} := resolved;
  ELSIF ${ref} IS DISTINCT FROM resolved THEN
    IF legacy_changed THEN
      RAISE EXCEPTION '${field.coordinate}: the legacy value and the ref name different choices'
        USING ERRCODE = 'check_violation', SCHEMA = ${quoteLiteral(SCHEMA)}, TABLE = ${quoteLiteral(field.table)}, COLUMN = ${quoteLiteral(field.refColumn)},
              DETAIL = format('%s = %L, %s = %L', ${quoteLiteral(field.legacyColumn)}, ${legacy}, ${quoteLiteral(field.refColumn)}, ${ref});
    END IF;
    ${legacy} := chosen.key;
  END IF;
  RETURN NEW;
END `;
}
