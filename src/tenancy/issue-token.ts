import { SignJWT } from 'jose';
import { UsageError } from '../errors.ts';
import { findScopeMistake } from './authentication.ts';
import type { Role } from './principal.ts';

/** Whom a token is for, and for how long. */
export interface TokenClaims {
  readonly subject: string;
  /** A tenant's slug; null for a platform operator. */
  readonly tenant: string | null;
  readonly roles: readonly Role[];
  /** Seconds, or a span such as `30d` or `15m`. */
  readonly expiresIn: number | string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/**
 * Signs a token (HS256) that an authenticator with the same secret, issuer and audience accepts.
 * @throws UsageError when it would accept none with these claims.
 */
export async function issueToken(secret: string, claims: TokenClaims): Promise<string> {
  const { subject, tenant, roles, expiresIn, issuer, audience } = claims;
  const mistake = subject === '' ? 'a token must name its holder' : findScopeMistake(tenant, roles);
  if (mistake !== undefined) throw new UsageError(`No such token can be issued: ${mistake}`);

  const token = new SignJWT({ ...(tenant === null ? {} : { tenant }), roles: [...new Set(roles)] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt();
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return setExpiry(token, expiresIn).sign(new TextEncoder().encode(secret));
}

function setExpiry(token: SignJWT, expiresIn: number | string): SignJWT {
  try {
    return token.setExpirationTime(typeof expiresIn === 'number' ? `${expiresIn} seconds` : expiresIn);
  } catch (error) {
    throw new UsageError(`A token must expire after seconds or a span such as "30d" or "15m", got "${expiresIn}"`, { cause: error });
  }
}
