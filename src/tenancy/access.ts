import { ForbiddenError, UnauthenticatedError } from '../errors.ts';
import type { Principal, Role } from './principal.ts';

/** What a request may work with: who sent it, and its tenant's part, which a platform operator has none of. */
export interface Access<Part> {
  readonly principal: Principal | null;
  readonly tenant: Part | null;
}

/**
 * The tenant's part of a request. Any role may read; a write needs the role that it names.
 * @throws UnauthenticatedError without a principal; ForbiddenError without a tenant or without the role.
 */
export function requireTenant<Part>({ principal, tenant }: Access<Part>, role?: Role): Part {
  if (principal === null) throw new UnauthenticatedError('This needs a token: send Authorization: Bearer TOKEN');
  if (principal.roles.size === 0) throw new ForbiddenError('This needs a token with at least one role');
  if (tenant === null) throw new ForbiddenError("A platform operator's token sees no tenant's data");
  if (role !== undefined && !principal.roles.has(role)) throw new ForbiddenError(`This needs the role "${role}"`, { role });
  return tenant;
}
