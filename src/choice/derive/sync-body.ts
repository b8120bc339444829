import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import { restoredExpression } from './legacy-value.ts';
import { raiseDeleted, raiseRequired, raiseOn } from './raise.ts';
import { holdChoice, holdResolved, resolveExpression } from './resolve.ts';

/**
 * The function that keeps both columns in step: direction comes from what changed, never from who writes.
 *
 * `restoring`: the column is being filled. A NULL may stand for a string that is still in the archive, and a statement that
 * leaves it NULL has not named it.
 */
export function syncBody(field: ChoiceField, { restoring }: { restoring: boolean }): string {
  const legacy = `NEW.${quoteIdentifier(field.legacyColumn)}`;
  const ref = `NEW.${quoteIdentifier(field.refColumn)}`;
  const oldLegacy = `OLD.${quoteIdentifier(field.legacyColumn)}`;
  const oldRef = `OLD.${quoteIdentifier(field.refColumn)}`;
  const isAbsent = [`${legacy} IS NULL`, `${legacy} = ''`, ...(field.default ? [`${legacy} = ${quoteLiteral(field.default)}`] : [])].join(
    ' OR ',
  );
  const choices = qualify(field.type.table);
  const refuseNull = restoring && field.required ? `IF ${legacy} IS NULL THEN ${raiseRequired(field)} END IF;` : '';

  return `
DECLARE
  old_legacy text;
  legacy_changed boolean;
  ref_changed boolean;
  chosen record;
  decided record;
  held uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    ref_changed := ${ref} IS NOT NULL;
    legacy_changed := NOT (${isAbsent});
  ELSE
    old_legacy := ${oldLegacy};${restoring ? restoreOld(field, legacy) : ''}
    ref_changed := ${oldRef} IS DISTINCT FROM ${ref};
    legacy_changed := old_legacy IS DISTINCT FROM ${legacy};${restoring ? leaveUnchanged : ''}
  END IF;

  IF NOT ref_changed THEN
    ${refuseNull}
    SELECT ${resolveExpression(field.type, 'NEW.tenant_id', legacy)} AS ref, ${isUnseenWriter(field)} AS is_unseen INTO decided;
    ${ref} := decided.ref;
    ${holdResolved(field.type, ref, { tenant: 'NEW.tenant_id', value: legacy, held: 'held' })}
    IF legacy_changed AND decided.is_unseen THEN
      INSERT INTO ${qualify('choice_legacy_writer')} (field, role, application, seen_at)
      VALUES (${quoteLiteral(field.coordinate)}, ${WRITER_ROLE}, ${WRITER_APPLICATION}, clock_timestamp());
    END IF;
    RETURN NEW;
  END IF;

  IF ${ref} IS NULL THEN
    IF NOT legacy_changed THEN
      ${legacy} := ${field.required ? "''" : 'NULL'};
      RETURN NEW;
    END IF;
    ${refuseNull}
    IF ${resolveExpression(field.type, 'NEW.tenant_id', legacy)} IS NULL THEN
      RETURN NEW;
    END IF;
  ELSE
    LOOP
      -- One statement for all there is to know: the survivor of the ref, and of the choice that the legacy value names.
      SELECT root.id, root.key, root.deleted_at, coalesce(named.merged_into_id, named.id) AS named_id INTO chosen
      FROM ${choices} AS choice
      JOIN ${choices} AS root ON root.tenant_id = choice.tenant_id AND root.id = coalesce(choice.merged_into_id, choice.id)
      LEFT JOIN ${qualify(field.type.aliasTable)} AS alias ON alias.tenant_id = choice.tenant_id AND alias.legacy_value = ${legacy}
      LEFT JOIN ${choices} AS named ON named.tenant_id = alias.tenant_id AND named.id = alias.choice_id
      WHERE choice.tenant_id = NEW.tenant_id AND choice.id = ${ref};
      IF NOT FOUND THEN
        -- The foreign key refuses this row; '' keeps a NOT NULL from hiding the reason.
        ${legacy} := coalesce(${legacy}, '');
        RETURN NEW;
      END IF;
      IF chosen.deleted_at IS NOT NULL THEN
        ${raiseDeleted(field, 'chosen.key')}
      END IF;
      EXIT WHEN chosen.id = held;
      -- It may have gone while it was waited for.
      held := chosen.id;
      ${holdChoice(field.type, 'NEW.tenant_id', 'held')}
    END LOOP;
    ${ref} := chosen.id;
    IF chosen.named_id = chosen.id THEN
      RETURN NEW;
    ELSIF NOT legacy_changed THEN
      ${legacy} := chosen.key;
      RETURN NEW;
    END IF;
  END IF;
  ${raiseOn(field, 'the legacy value and the ref name different choices', 'check_violation')},
    DETAIL = format('%s = %L, %s = %L', ${quoteLiteral(field.legacyColumn)}, ${legacy}, ${quoteLiteral(field.refColumn)}, ${ref});
END `;
}

/** What the column would hold if it were filled. */
function restoreOld(field: ChoiceField, legacy: string): string {
  return `
    IF old_legacy IS NULL THEN
      old_legacy := ${restoredExpression(field, 'OLD')};
      ${legacy} := coalesce(${legacy}, old_legacy);
    END IF;`;
}

/** The row is filled, and nothing else. */
const leaveUnchanged = `
    IF NOT ref_changed AND NOT legacy_changed THEN
      RETURN NEW;
    END IF;`;

/** SET ROLE's role, else who logged in: inside the function the current user is its owner. */
const WRITER_ROLE = `coalesce(nullif(current_setting('role'), 'none'), session_user)`;
const WRITER_APPLICATION = `current_setting('application_name')`;

/**
 * Whoever writes only the legacy column is noted once a minute. Rows are only ever added, and under no unique key: no writer
 * ever waits for another. The time is that of the write: its transaction may have begun long before.
 */
function isUnseenWriter(field: ChoiceField): string {
  return `NOT EXISTS (
      SELECT FROM ${qualify('choice_legacy_writer')} AS writer
      WHERE writer.field = ${quoteLiteral(field.coordinate)} AND writer.role = ${WRITER_ROLE} AND writer.application = ${WRITER_APPLICATION}
        AND writer.seen_at > clock_timestamp() - interval '1 minute'
    )`;
}
