import type { ChoiceField } from '../choice/choice-field.ts';
import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import type { Scope } from '../choice/migrate/run.ts';
import type { Sql } from '../database/owner-database.ts';
import { UsageError } from '../errors.ts';
import { findTenants } from '../tenancy/tenant.ts';
import { showValue } from './text/show-value.ts';

/** The choice fields that `--field` names; all of them where it is not given. */
export function readFields(registry: ChoiceRegistry, coordinates: readonly string[] = []): readonly ChoiceField[] {
  return coordinates.length === 0 ? registry.fields : coordinates.map((coordinate) => readField(registry, coordinate));
}

/** @throws UsageError that lists the fields there are. */
export function readField(registry: ChoiceRegistry, coordinate: string): ChoiceField {
  const field = registry.field(coordinate);
  if (field !== undefined) return field;
  const known = registry.fields.map((candidate) => candidate.coordinate).join(', ');
  throw new UsageError(`unknown choice field ${showValue(coordinate)}: expected one of ${known}`);
}

/** The fields and tenants a step works on. Without slugs these are all tenants, also those that are created meanwhile. */
export async function readScope(
  sql: Sql,
  registry: ChoiceRegistry,
  fields: readonly ChoiceField[],
  slugs: readonly string[] = [],
): Promise<Scope> {
  return { registry, fields, tenants: slugs.length === 0 ? undefined : await findTenants(sql, slugs) };
}
