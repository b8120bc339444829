import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import { raiseDeleted, raiseRequired } from './raise.ts';
import { holdChoice, holdResolved, resolveExpression } from './resolve.ts';

/** The function that keeps the ref at its survivor where there is no legacy column, and does for it what its default and NOT NULL did. */
export function refBody(field: ChoiceField): string {
  const ref = `NEW.${quoteIdentifier(field.refColumn)}`;
  const choices = qualify(field.type.table);
  return `
DECLARE
  chosen record;
  held uuid;
BEGIN
  IF ${ref} IS NULL THEN${onInsert(field, ref)}
    RETURN NEW;
  END IF;

  LOOP
    SELECT root.id, root.key, root.deleted_at INTO chosen
    FROM ${choices} AS choice
    JOIN ${choices} AS root ON root.tenant_id = choice.tenant_id AND root.id = coalesce(choice.merged_into_id, choice.id)
    WHERE choice.tenant_id = NEW.tenant_id AND choice.id = ${ref};
    IF NOT FOUND THEN
      -- The foreign key's business.
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
  RETURN NEW;
END `;
}

function onInsert(field: ChoiceField, ref: string): string {
  const tenant = 'NEW.tenant_id';
  const value = quoteLiteral(field.default ?? '');
  const decision = field.default
    ? `${ref} := ${resolveExpression(field.type, tenant, value)};
      ${holdResolved(field.type, ref, { tenant, value, held: 'held' })}`
    : field.required
      ? raiseRequired(field)
      : undefined;
  return decision === undefined
    ? ''
    : `
    IF TG_OP = 'INSERT' THEN
      ${decision}
    END IF;`;
}
