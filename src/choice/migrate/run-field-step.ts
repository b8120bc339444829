import { type RawBuilder, sql } from 'kysely';
import { hasErrorCode } from '../../database/error-code.ts';
import { quoteLiteral } from '../../database/identifier.ts';
import { inlineValues } from '../../database/inline-values.ts';
import { runUnderLocks, type TableLock } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import { type ChangeDescription, describeChangeStatement } from '../audit/describe-change.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import { regimeExpression } from './read-regime.ts';

/** One short transaction that takes a field from one regime to another. */
export interface FieldStep {
  readonly locks: readonly TableLock[];
  /** What the step takes the field's regime to be. */
  readonly regime: Regime;
  /** What else has to hold once the locks are there; `state` names the field's row. */
  readonly condition?: RawBuilder<boolean>;
  /** Whether nobody may change the phase of a tenant before the step is done. */
  readonly holdsTenants?: boolean;
  /** Who does it and why, where it changes phases. */
  readonly change?: ChangeDescription;
  readonly statements: readonly string[];
  /** How long to try for the locks, in milliseconds. */
  readonly lockCap: number | undefined;
  /** Throws what keeps the step from being done, where its condition does not hold. */
  explain?(): Promise<void>;
}

const CONTROL_TABLES = ['choice_field_state', 'choice_tenant_state'];
/** SQLSTATE assert_failure. */
const ASSERTION_FAILED = 'P0004';

/**
 * Runs a step, which looks at what it relies on itself, under its locks: steps take turns, but one that lost its connection has
 * lost its turn, and may not know.
 * @throws what `explain` throws, or OperationError: nothing was changed then.
 */
export async function runFieldStep(db: Sql, field: ChoiceField, step: FieldStep): Promise<void> {
  try {
    const described = step.change === undefined ? [] : [describeChangeStatement(step.change)];
    await runUnderLocks(db, step.locks, [assertion(db, field, step), ...described, ...step.statements], step.lockCap, CONTROL_TABLES);
  } catch (error) {
    if (!hasErrorCode(error, ASSERTION_FAILED)) throw error;
    await step.explain?.();
    throw changedMeanwhile(field);
  }
}

/** The state is held first: the second statement sees what was committed until then. */
function assertion(db: Sql, field: ChoiceField, { regime, condition = sql`true`, holdsTenants = false }: FieldStep): string {
  const coordinate = quoteLiteral(field.coordinate);
  const expected = `(${regimeExpression(field, 'state')}) = ${quoteLiteral(regime)} AND ${inlineValues(db, condition)}`;
  return `DO $assert$ BEGIN
    PERFORM FROM choice_field_state WHERE field = ${coordinate} FOR NO KEY UPDATE;
    ${holdsTenants ? `PERFORM FROM choice_tenant_state WHERE field = ${coordinate} FOR SHARE;` : ''}
    IF NOT EXISTS (SELECT FROM choice_field_state AS state WHERE field = ${coordinate} AND ${expected}) THEN
      RAISE EXCEPTION USING ERRCODE = 'assert_failure', MESSAGE = 'the field is not as the step took it to be';
    END IF;
  END $assert$`;
}

export function changedMeanwhile(field: ChoiceField): OperationError {
  return new OperationError(`${field.coordinate}: somebody else changed where its strings are kept meanwhile. Run the command again`);
}
