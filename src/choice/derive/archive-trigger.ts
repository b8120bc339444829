import { quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import { forgetString, keepString } from './archive-row.ts';
import type { DatabaseFunction } from './database-function.ts';
import type { DatabaseTrigger } from './database-trigger.ts';
import { blankValue, keyExpression, restoredExpression } from './legacy-value.ts';
import { resolveExpression } from './resolve.ts';

export function archiveFunctionName(field: ChoiceField): string {
  return `archive_${field.table}_${field.legacyColumn}`;
}

/**
 * The function that keeps the archive so that it, and the key of the ref where it has no row, give every row's string.
 * With the column there it follows the column; without, it decides as the sync trigger did: a string that resolves to the new
 * ref stays, any other gives way to the key. SECURITY DEFINER, as the sync function is.
 */
export function archiveFunction(field: ChoiceField, regime: Exclude<Regime, 'column'>): DatabaseFunction {
  const body = regime === 'archive' ? decidingBody(field) : followingBody(field);
  return { name: archiveFunctionName(field), parameters: [], returns: 'trigger', definer: true, body };
}

/**
 * The triggers that call it. Their names sort first: what another AFTER trigger does to the same row comes after this, and not
 * between the row and its archive.
 */
export function deriveArchiveTriggers(field: ChoiceField, regime: Exclude<Regime, 'column'>): readonly DatabaseTrigger[] {
  const legacy = quoteIdentifier(field.legacyColumn);
  const ref = quoteIdentifier(field.refColumn);
  const changes = [ref, '"id"', '"tenant_id"', ...(regime === 'archive' ? [] : [legacy])].map(
    (column) => `OLD.${column} IS DISTINCT FROM NEW.${column}`,
  );
  const isNoBlank = blankValue(field) === null ? `NEW.${legacy} IS NOT NULL` : `NEW.${legacy} IS DISTINCT FROM ''`;
  return [
    ...(regime !== 'archive' ? [trigger(field, 'INSERT', isNoBlank)] : []),
    // Without the column a new row's string is its key or blank, unless it is the default.
    ...(regime === 'archive' && field.default ? [trigger(field, 'INSERT', undefined)] : []),
    trigger(field, 'UPDATE', changes.join(' OR ')),
    trigger(field, 'DELETE', undefined),
  ];
}

function trigger(field: ChoiceField, event: DatabaseTrigger['event'], when: string | undefined): DatabaseTrigger {
  const calls = archiveFunctionName(field);
  return { name: `aaa_${calls}_${event.toLowerCase()}`, table: field.table, timing: 'AFTER', event, when, calls };
}

function followingBody(field: ChoiceField): string {
  return `
BEGIN${forgetGone(field)}${keepString(field, nameNew(field), `NEW.${quoteIdentifier(field.legacyColumn)}`)}${forgetMoved(field)}
  RETURN NULL;
END `;
}

function decidingBody(field: ChoiceField): string {
  const ref = `NEW.${quoteIdentifier(field.refColumn)}`;
  return `
DECLARE
  string text;
  decided record;
BEGIN${forgetGone(field)}
  IF TG_OP = 'INSERT' THEN
    string := ${quoteLiteral(field.default ?? '')};
    IF ${ref} IS DISTINCT FROM ${resolveExpression(field.type, 'NEW.tenant_id', 'string')} THEN
      RETURN NULL;
    END IF;
  ELSE
    string := ${restoredExpression(field, 'OLD')};
    IF ${ref} IS NOT DISTINCT FROM OLD.${quoteIdentifier(field.refColumn)} THEN
      -- Only its id changed.
    ELSIF ${ref} IS NULL THEN
      string := ${field.required ? "''" : 'NULL'};
    ELSE
      SELECT ${resolveExpression(field.type, 'NEW.tenant_id', 'string')} AS ref, ${keyExpression(field, 'NEW.tenant_id', ref)} AS key INTO decided;
      IF decided.ref IS DISTINCT FROM ${ref} THEN
        string := decided.key;
      END IF;
    END IF;
  END IF;
  ${keepString(field, nameNew(field), 'string')}${forgetMoved(field)}
  RETURN NULL;
END `;
}

function forgetGone(field: ChoiceField): string {
  return `
  IF TG_OP = 'DELETE' THEN
    ${forgetString(field, OLD)}
    RETURN NULL;
  END IF;`;
}

/** A record that has another id now takes its string along. */
function forgetMoved(field: ChoiceField): string {
  return `
  IF TG_OP = 'UPDATE' THEN
    IF (OLD.tenant_id, OLD.id) <> (NEW.tenant_id, NEW.id) THEN
      ${forgetString(field, OLD)}
    END IF;
  END IF;`;
}

const OLD = { tenant: 'OLD.tenant_id', id: 'OLD.id' };

function nameNew(field: ChoiceField) {
  return { tenant: 'NEW.tenant_id', id: 'NEW.id', ref: `NEW.${quoteIdentifier(field.refColumn)}` };
}
