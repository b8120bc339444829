import { qualify, quoteIdentifier } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import { keepString } from './archive-row.ts';
import type { DatabaseFunction } from './database-function.ts';
import { raiseRequired } from './raise.ts';
import { holdResolved, resolveExpression } from './resolve.ts';

/** `write_lead_industry(tenant uuid, record uuid, value text)`. */
export function writeFunctionName(field: ChoiceField): string {
  return `write_${field.table}_${field.legacyColumn}`;
}

/**
 * The function by which servers that name the legacy column no more set the string of a record, wherever it is kept, and the ref
 * that it resolves to. It refuses what the column refused: a string that is too long, and NULL where a choice is required.
 * A record that the caller cannot see is left alone. SECURITY INVOKER: the caller's own rights and row-level security apply.
 */
export function writeFunction(field: ChoiceField, regime: Exclude<Regime, 'column'>): DatabaseFunction {
  return {
    name: writeFunctionName(field),
    parameters: ['uuid', 'uuid', 'text'],
    returns: 'void',
    definer: false,
    body: regime === 'archive' ? writeBody(field, setRef(field), 'resolved uuid;\n  held uuid;') : writeBody(field, setColumn(field)),
  };
}

/** Whoever writes the archive holds the record's lock: nobody else's idea of the string comes between. */
function writeBody(field: ChoiceField, set: string, declaration = ''): string {
  const record = `record.tenant_id = $1 AND record.id = $2`;
  return `
DECLARE
  -- An assignment to the column's type treats a string that is too long as the column does.
  string varchar(${field.length}) := $3;
  stored uuid;
  ${declaration}
BEGIN
  ${field.required ? `IF string IS NULL THEN ${raiseRequired(field)} END IF;` : ''}
  SELECT record.${quoteIdentifier(field.refColumn)} INTO stored FROM ${qualify(field.table)} AS record WHERE ${record} FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  ${set}
  SELECT record.${quoteIdentifier(field.refColumn)} INTO stored FROM ${qualify(field.table)} AS record WHERE ${record};
  ${keepString(field, { tenant: '$1', id: '$2', ref: 'stored' }, 'string')}
END `;
}

/** The sync trigger sets the ref. A column that is being filled may be NULL already where its string is not: then the ref says so. */
function setColumn(field: ChoiceField): string {
  const legacy = quoteIdentifier(field.legacyColumn);
  const ref = quoteIdentifier(field.refColumn);
  const update = `UPDATE ${qualify(field.table)} AS record SET`;
  const where = `WHERE record.tenant_id = $1 AND record.id = $2`;
  return `IF string IS NULL THEN
    ${update} ${legacy} = NULL, ${ref} = NULL ${where} AND (record.${legacy} IS NOT NULL OR record.${ref} IS NOT NULL);
  ELSE
    ${update} ${legacy} = string ${where} AND record.${legacy} IS DISTINCT FROM string;
  END IF;`;
}

function setRef(field: ChoiceField): string {
  const ref = quoteIdentifier(field.refColumn);
  return `resolved := ${resolveExpression(field.type, '$1', 'string')};
  ${holdResolved(field.type, 'resolved', { tenant: '$1', value: 'string', held: 'held' })}
  IF stored IS DISTINCT FROM resolved THEN
    UPDATE ${qualify(field.table)} AS record SET ${ref} = resolved WHERE record.tenant_id = $1 AND record.id = $2;
  END IF;`;
}
