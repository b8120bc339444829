import type { Sql } from '../../database/owner-database.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { type ChangeDescription, describeChange } from '../audit/describe-change.ts';
import { lockChains } from '../audit/lock-chains.ts';
import type { ChoiceType } from '../choice-field.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import type { ChoiceRules } from '../rules.ts';

/** Whose choices of which type are edited, and the rules by which records are read. */
export interface EditScope {
  readonly registry: ChoiceRegistry;
  readonly tenant: Tenant;
  readonly type: ChoiceType;
  readonly rules: ChoiceRules;
}

/** A transaction in which choices of one type are edited for one tenant, and nobody else edits choices of that tenant. */
export interface ChoiceEdit extends EditScope {
  readonly transaction: Sql;
  /** Whether the rows that carry a string which comes to name a choice get their refs afterwards. */
  readonly rowsFollow: boolean;
  /** Choice's id → the version that it had before the edit. One edit counts once, however often it writes a choice. */
  readonly versionsBefore: Map<string, number>;
}

/** Begins an edit in a transaction in which nothing was done yet. */
export async function beginChoiceEdit(
  transaction: Sql,
  scope: EditScope,
  { change, rowsFollow = false }: { readonly change: ChangeDescription; readonly rowsFollow?: boolean },
): Promise<ChoiceEdit> {
  await lockChains(transaction, [scope.tenant.id]);
  await describeChange(transaction, change);
  const { registry, tenant, type, rules } = scope;
  return { registry, tenant, type, rules, transaction, rowsFollow, versionsBefore: new Map() };
}
