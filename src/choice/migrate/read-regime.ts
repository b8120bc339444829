import { sql } from 'kysely';
import { qualify, quoteLiteral, SCHEMA } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import { archiveFunctionName } from '../derive/archive-trigger.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import type { Regime } from '../regime.ts';
import type { Phase } from './phase.ts';

/** Where one field stands, in the control tables and in the catalog. */
export interface FieldState {
  readonly phase: Extract<Phase, 'legacy' | 'expanded' | 'contracted'>;
  readonly storage: LegacyStorage;
  readonly populatesNewTenants: boolean;
  /** Since when the triggers record who writes only the legacy column; undefined at `legacy`. */
  readonly expandedAt: Date | undefined;
  /** How its strings are kept; where a step was cut off, how they are kept meanwhile. */
  readonly regime: Regime;
}

/** Reads where a field stands. The phase says what counts, the catalog how far a step that was cut off has come. */
export async function readFieldState(db: Sql, field: ChoiceField): Promise<FieldState> {
  const { rows } = await sql<FieldState & { expandedAt: Date | null }>`
    SELECT coalesce(state.phase, 'legacy') AS phase, coalesce(state.storage, 'column') AS storage,
      coalesce(state.populates_new_tenants, false) AS "populatesNewTenants", state.expanded_at AS "expandedAt",
      ${sql.raw(regimeExpression(field, 'state'))} AS regime
    FROM (SELECT) AS one LEFT JOIN choice_field_state AS state ON state.field = ${field.coordinate}`.execute(db);
  const { expandedAt, ...state } = rows[0]!;
  return { ...state, expandedAt: expandedAt ?? undefined };
}

/** SQL text of the regime that a field is in; `state` names its row of choice_field_state. */
export function regimeExpression(field: ChoiceField, state: string): string {
  const hasColumn =
    `EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(${quoteLiteral(qualify(field.table))}) ` +
    `AND attname = ${quoteLiteral(field.legacyColumn)} AND NOT attisdropped)`;
  const keepsArchive =
    `EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pronamespace = ${quoteLiteral(SCHEMA)}::regnamespace ` +
    `AND proname = ${quoteLiteral(archiveFunctionName(field))})`;
  return (
    `CASE WHEN ${state}.phase = 'contracted' THEN CASE WHEN ${hasColumn} THEN 'restore' ELSE 'archive' END ` +
    `WHEN ${state}.storage = 'archive' OR ${keepsArchive} THEN 'window' ELSE 'column' END`
  );
}
