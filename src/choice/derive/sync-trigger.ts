import { quoteIdentifier } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import type { DatabaseFunction } from './database-function.ts';
import type { DatabaseTrigger } from './database-trigger.ts';
import { refBody } from './ref-body.ts';
import { syncBody } from './sync-body.ts';

export function syncFunctionName(field: ChoiceField): string {
  return `sync_${field.table}_${field.legacyColumn}`;
}

/**
 * The function that keeps the legacy column and the ref column in step or, where there is no column, the ref at its survivor.
 * SECURITY DEFINER, so that a writer who can read neither choices nor aliases still writes right;
 * the tenant is the row's own, so that no session setting can lead it astray.
 */
export function syncFunction(field: ChoiceField, regime: Regime): DatabaseFunction {
  return {
    name: syncFunctionName(field),
    parameters: [],
    returns: 'trigger',
    definer: true,
    body: regime === 'archive' ? refBody(field) : syncBody(field, { restoring: regime === 'restore' }),
  };
}

/**
 * The two triggers that call it. PostgreSQL fires triggers in the order of their names, and a WHEN sees what those before it
 * changed: the name sorts last, so that a column which another trigger writes is kept in step too (hence no UPDATE OF).
 */
export function deriveSyncTriggers(field: ChoiceField, regime: Regime): readonly DatabaseTrigger[] {
  const legacy = quoteIdentifier(field.legacyColumn);
  const ref = quoteIdentifier(field.refColumn);
  if (regime === 'archive') {
    const decidesAlways = field.required || Boolean(field.default);
    return [
      trigger(field, 'INSERT', decidesAlways ? undefined : `NEW.${ref} IS NOT NULL`),
      trigger(field, 'UPDATE', `OLD.${ref} IS DISTINCT FROM NEW.${ref}`),
    ];
  }
  const insert = `NEW.${ref} IS NOT NULL OR NEW.${legacy} <> ''`;
  const update = `OLD.${legacy} IS DISTINCT FROM NEW.${legacy} OR OLD.${ref} IS DISTINCT FROM NEW.${ref}`;
  if (regime !== 'restore') return [trigger(field, 'INSERT', insert), trigger(field, 'UPDATE', update)];
  // A column that is not filled yet cannot be NOT NULL: the function refuses what NOT NULL would. And a record that gets another
  // id is filled then: its string in the archive moves with it.
  return [
    trigger(field, 'INSERT', field.required ? `${insert} OR NEW.${legacy} IS NULL` : insert),
    trigger(field, 'UPDATE', `${update} OR OLD."id" IS DISTINCT FROM NEW."id" OR OLD."tenant_id" IS DISTINCT FROM NEW."tenant_id"`),
  ];
}

function trigger(field: ChoiceField, event: 'INSERT' | 'UPDATE', when: string | undefined): DatabaseTrigger {
  const calls = syncFunctionName(field);
  return { name: `zzz_${calls}_${event.toLowerCase()}`, table: field.table, timing: 'BEFORE', event, when, calls };
}
