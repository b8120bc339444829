import { qualify } from '../../database/identifier.ts';
import type { ChoiceType } from '../choice-field.ts';

/**
 * SQL text of `resolve(value)`: legacy value → alias → choice → survivor's id, or NULL.
 * `tenant` and `value` are SQL expressions. Exact bytes map: the alias column is COLLATE "C".
 */
export function resolveExpression(type: ChoiceType, tenant: string, value: string): string {
  return `(
    SELECT survivor.id
    FROM ${qualify(type.aliasTable)} AS alias
    JOIN ${qualify(type.table)} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
    JOIN ${qualify(type.table)} AS survivor
      ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id) AND survivor.deleted_at IS NULL
    WHERE alias.tenant_id = ${tenant} AND alias.legacy_value = ${value}
  )`;
}

/** SQL text of a ref's survivor: the choice itself, or the one it was merged into. */
export function survivorExpression(type: ChoiceType, tenant: string, ref: string): string {
  return `(
    SELECT coalesce(choice.merged_into_id, choice.id)
    FROM ${qualify(type.table)} AS choice
    WHERE choice.tenant_id = ${tenant} AND choice.id = ${ref}
  )`;
}

/** PL/pgSQL that lets nobody delete a choice, merge it or take an alias from it until the transaction ends. Who does so is waited for. */
export function holdChoice(type: ChoiceType, tenant: string, id: string): string {
  return `PERFORM FROM ${qualify(type.table)} AS choice WHERE choice.tenant_id = ${tenant} AND choice.id = ${id} FOR KEY SHARE;`;
}

/**
 * PL/pgSQL that has the variable `ref` be what a value resolves to, and holds that: what it resolved to may have gone while it was waited for.
 * `held` is a variable, NULL at first.
 */
export function holdResolved(
  type: ChoiceType,
  ref: string,
  { tenant, value, held }: { tenant: string; value: string; held: string },
): string {
  return `WHILE ${ref} IS DISTINCT FROM ${held} LOOP
      ${held} := ${ref};
      ${holdChoice(type, tenant, held)}
      ${ref} := ${resolveExpression(type, tenant, value)};
    END LOOP;`;
}
