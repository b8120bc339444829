import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import { archiveFunctionName } from '../derive/archive-trigger.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import type { Regime } from '../regime.ts';
import { columnExists, functionExists } from './catalog.ts';
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
  const { rows } = await sql<Omit<FieldState, 'regime'>>`
    SELECT phase, storage, populates_new_tenants AS "populatesNewTenants", expanded_at AS "expandedAt"
    FROM choice_field_state WHERE field = ${field.coordinate}`.execute(db);
  const state = rows[0] ?? { phase: 'legacy', storage: 'column', populatesNewTenants: false, expandedAt: undefined };
  return { ...state, regime: await readRegime(db, field, state) };
}

async function readRegime(db: Sql, field: ChoiceField, { phase, storage }: Pick<FieldState, 'phase' | 'storage'>): Promise<Regime> {
  if (phase === 'contracted') return (await columnExists(db, field.table, field.legacyColumn)) ? 'restore' : 'archive';
  return storage === 'archive' || (await functionExists(db, archiveFunctionName(field))) ? 'window' : 'column';
}
