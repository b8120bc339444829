import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { findContractBlockers } from './contract-gate.ts';
import { deriveLifecycle } from '../derive/lifecycle.ts';

/** The choice field behind each deprecated member of the schema, by coordinate: its strings are what the member reads and writes. */
export function deriveFieldsByCoordinate(fields: readonly ChoiceField[]): ReadonlyMap<string, ChoiceField> {
  return new Map(
    fields.flatMap((field) =>
      deriveLifecycle([field]).flatMap(([coordinate, { deprecated }]) => (deprecated === undefined ? [] : [[coordinate, field] as const])),
    ),
  );
}

/**
 * Answers why the data behind a coordinate is not ready for a schema without it: what keeps the legacy column of its choice field.
 * None: the column could go, or is gone, or no choice field is behind it. Counts each field once, when it is first asked about.
 * `window`: how long nobody may have written only the legacy column, in milliseconds.
 */
export function createRemovalDataKey(
  db: Sql,
  registry: ChoiceRegistry,
  { window }: { readonly window: number },
): (coordinate: string) => Promise<readonly Blocker[]> {
  const fields = deriveFieldsByCoordinate(registry.fields);
  const found = new Map<ChoiceField, Promise<readonly Blocker[]>>();
  return async (coordinate) => {
    const field = fields.get(coordinate);
    if (field === undefined) return [];
    let blockers = found.get(field);
    if (blockers === undefined) {
      blockers = findContractBlockers(db, { registry, fields: [field], tenants: undefined }, field, { window });
      found.set(field, blockers);
    }
    return blockers;
  };
}
