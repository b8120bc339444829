import { sql } from 'kysely';
import type { Read } from '../database/read.ts';
import type { ChoiceField } from './choice-field.ts';
import type { LegacyStorage } from './legacy-storage.ts';

/** How a process is to read and write choice fields at one moment. A request keeps the rules that it began with. */
export interface ChoiceRules {
  /** Counts the changes of rules; a later one is higher. */
  readonly revision: number;
  /** Where the legacy string of a field is. A field that the database knows nothing of is at `column`. */
  storage(field: ChoiceField): LegacyStorage;
  /** Whether the ref is all that answers for the tenant's choice: no alias of a legacy value does. */
  readsRefAlone(field: ChoiceField, tenantId: string): boolean;
}

interface FieldRow {
  readonly field: string;
  readonly phase: string;
  readonly storage: LegacyStorage;
  readonly preferred: readonly string[];
}

/** The revision that the rules are at now. */
export async function readRevision(read: Read): Promise<number> {
  const [row] = await read(sql<{ revision: string }>`SELECT revision FROM choice_revision`);
  return Number(row!.revision);
}

/** The rules as they are now, all of one snapshot: whoever changes one counts the revision in the same transaction. */
export async function readRules(read: Read): Promise<ChoiceRules> {
  const [row] = await read(sql<{ revision: string; fields: readonly FieldRow[] }>`
    SELECT revision, coalesce((
      SELECT jsonb_agg(jsonb_build_object('field', field, 'phase', phase, 'storage', storage, 'preferred', coalesce((
        SELECT jsonb_agg(tenant_id) FROM choice_tenant_state AS part WHERE part.field = state.field AND part.phase = 'preferred'
      ), '[]')))
      FROM choice_field_state AS state
    ), '[]') AS fields
    FROM choice_revision`);
  const fields = new Map(row!.fields.map((state) => [state.field, { ...state, preferred: new Set(state.preferred) }]));
  return Object.freeze({
    revision: Number(row!.revision),
    storage: (field: ChoiceField) => fields.get(field.coordinate)?.storage ?? 'column',
    readsRefAlone: (field: ChoiceField, tenantId: string) => {
      const state = fields.get(field.coordinate);
      return state !== undefined && (state.storage === 'archive' || state.phase === 'contracted' || state.preferred.has(tenantId));
    },
  });
}
