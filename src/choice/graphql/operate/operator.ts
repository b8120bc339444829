import {
  BadUserInputError,
  type Blocker,
  BlockedError,
  ConflictError,
  ForbiddenError,
  OperationError,
  UnauthenticatedError,
  UsageError,
} from '../../../errors.ts';
import type { Access } from '../../../tenancy/access.ts';
import { findTenants, type Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceContext } from '../choice-context.ts';

/** Who operates: one tenant's operator, or the platform's, who has no tenant and sees figures only. */
export interface Operator {
  readonly subject: string;
  readonly tenant: Tenant | null;
}

/** @throws UnauthenticatedError without a principal; ForbiddenError without the role `operator`. */
export function requireOperator({ principal, tenant }: Access<{ readonly tenant: Tenant }>): Operator {
  if (principal === null) throw new UnauthenticatedError('This needs a token: send Authorization: Bearer TOKEN');
  if (!principal.roles.has('operator')) throw new ForbiddenError('This needs the role "operator"', { role: 'operator' });
  return { subject: principal.subject, tenant: tenant?.tenant ?? null };
}

/** The same for what shows or takes legacy values: the platform's operator sees no tenant's data. */
export function requireTenantOperator(context: ChoiceContext): Operator & { readonly tenant: Tenant } {
  const operator = requireOperator(context);
  if (operator.tenant === null) throw new ForbiddenError("A platform operator's token sees no tenant's data");
  return { ...operator, tenant: operator.tenant };
}

/**
 * The tenants that a step may work on: a tenant's operator works on that tenant, the platform's on those named, or on all
 * (undefined). @throws ForbiddenError for another tenant; UsageError for one that does not exist.
 */
export async function chooseTenants(
  operator: Operator,
  slugs: readonly string[] | null | undefined,
  context: ChoiceContext,
): Promise<readonly Tenant[] | undefined> {
  if (operator.tenant !== null) {
    if (slugs?.some((slug) => slug !== operator.tenant!.slug))
      throw new ForbiddenError(`This token works on the tenant "${operator.tenant.slug}" alone`, { tenant: operator.tenant.slug });
    return [operator.tenant];
  }
  if (slugs === null || slugs === undefined) return undefined;
  if (slugs.length === 0) throw new BadUserInputError('tenants: expected at least one slug, got an empty list', { path: 'tenants' });
  return findTenants(context.operations.db, slugs);
}

/**
 * Runs a step of the engine and tells its refusals in the API's words, and no more than the operator may be told: a gate that is
 * shut is a CONFLICT with its blockers.
 */
export async function operate<Result>({ tenant }: Operator, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof UsageError) throw new BadUserInputError(error.message, {}, { cause: error });
    if (error instanceof BlockedError) {
      const { message, blockers } = tenant === null ? new BlockedError(error.blockers.map(maskBlocker)) : error;
      throw new ConflictError(message, { blockers }, { cause: error });
    }
    if (error instanceof OperationError) throw new ConflictError(error.message, { retry: true }, { cause: error });
    throw error;
  }
}

/** A blocker as the platform's operator is told it: what is said of a tenant may quote its values, or words of its operators. */
export function maskBlocker(blocker: Blocker): Blocker {
  return blocker.tenant === undefined ? blocker : { ...blocker, message: blocker.code };
}
