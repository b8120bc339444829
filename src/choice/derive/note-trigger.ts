import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import type { DatabaseFunction } from './database-function.ts';
import type { DatabaseTrigger } from './database-trigger.ts';
import { restoredExpression } from './legacy-value.ts';

/** The setting, `on`, of a transaction in which refs follow merges: what moves is noted by the batch. */
export const MOVES_SETTING = 'choices.moves';

export function noteFunctionName(field: ChoiceField): string {
  return `note_${field.table}_${field.legacyColumn}`;
}

/**
 * The function that notes a record whose ref was to follow a merge, and which was given another value before it did: with every merge that
 * stands on the way from the old ref on, as those are noted that have followed, and with the choice that its string named. Undoing one of
 * those merges lists it. One that had no ref yet was where its string said. SECURITY DEFINER: no writer of records has to see merges.
 */
export function noteFunction(field: ChoiceField, regime: Regime): DatabaseFunction {
  const merges = qualify('choice_merge');
  const isStanding = `merge.tenant_id = OLD.tenant_id AND merge.type = ${quoteLiteral(field.type.table)} AND merge.undone_at IS NULL`;
  return {
    name: noteFunctionName(field),
    parameters: [],
    returns: 'trigger',
    definer: true,
    body: `
BEGIN
  IF current_setting(${quoteLiteral(MOVES_SETTING)}, true) = 'on' THEN
    RETURN NULL;
  END IF;
  INSERT INTO ${qualify('choice_merge_row')} (tenant_id, merge_id, field, record_id, origin_id)
  WITH RECURSIVE origin AS MATERIALIZED (
    SELECT alias.choice_id FROM ${qualify(field.type.aliasTable)} AS alias
    WHERE alias.tenant_id = OLD.tenant_id AND alias.legacy_value = ${oldString(field, regime)}
  ),
  way AS (
    SELECT merge.id, merge.survivor_id FROM ${merges} AS merge
    WHERE ${isStanding} AND merge.loser_id = coalesce(OLD.${quoteIdentifier(field.refColumn)}, (SELECT choice_id FROM origin))
    UNION
    SELECT merge.id, merge.survivor_id FROM way JOIN ${merges} AS merge ON merge.loser_id = way.survivor_id WHERE ${isStanding}
  )
  SELECT OLD.tenant_id, way.id, ${quoteLiteral(field.coordinate)}, OLD.id, (SELECT choice_id FROM origin) FROM way
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END `,
  };
}

function oldString(field: ChoiceField, regime: Regime): string {
  const restored = restoredExpression(field, 'OLD');
  if (regime === 'archive') return restored;
  const legacy = `OLD.${quoteIdentifier(field.legacyColumn)}`;
  return regime === 'restore' ? `coalesce(${legacy}, ${restored})` : legacy;
}

/**
 * The trigger that calls it: for a record that has another ref now, or that had none yet and has another string now. Its name sorts before
 * those of the triggers that keep the archive: it reads there what the string was.
 */
export function deriveNoteTrigger(field: ChoiceField, regime: Regime): DatabaseTrigger {
  const ref = quoteIdentifier(field.refColumn);
  const legacy = quoteIdentifier(field.legacyColumn);
  const movesRef = `OLD.${ref} IS DISTINCT FROM NEW.${ref}`;
  const calls = noteFunctionName(field);
  return {
    name: `aa_${calls}_update`,
    table: field.table,
    timing: 'AFTER',
    event: 'UPDATE',
    when: regime === 'archive' ? movesRef : `${movesRef} OR OLD.${ref} IS NULL AND OLD.${legacy} IS DISTINCT FROM NEW.${legacy}`,
    calls,
  };
}
