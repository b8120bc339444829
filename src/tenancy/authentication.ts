import { createSecretKey } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { JWTPayload, JWTVerifyOptions, JWTVerifyResult } from 'jose';
import { OperationError, UnauthenticatedError } from '../errors.ts';
import { roles as knownRoles } from './principal.ts';
import type { Principal, Role } from './principal.ts';

/** Who signs tokens, and what else a token must say. */
export interface AuthenticationSettings {
  /** A secret shared by those who sign and those who check (HS256), or where an issuer publishes its public keys. */
  readonly key: { readonly secret: string } | { readonly jwksUrl: string };
  /** The `iss` that tokens must carry; undefined: any. */
  readonly issuer?: string | undefined;
  /** The `aud` that tokens must carry; undefined: any. */
  readonly audience?: string | undefined;
}

/**
 * Says who sent a request: null without an `Authorization` header.
 * @throws UnauthenticatedError when the header or its token is not good; its message says why and repeats nothing of the token.
 * @throws OperationError when the issuer's keys cannot be read, which is nobody's fault who sends a request.
 */
export type Authenticator = (authorizationHeader: string | undefined) => Promise<Principal | null>;

const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/**
 * How long a signature that was checked is not checked again, in milliseconds: a key that its issuer withdraws is of use for so long
 * at most once we know that it was withdrawn.
 */
const VERIFIED_FOR_MS = 60_000;
/** Tokens that are known: those that were sent last. */
const MOST_TOKENS = 10_000;

/** Makes the function that checks the bearer tokens of requests. `now`: milliseconds since 1970. */
export function createAuthenticator(settings: AuthenticationSettings, now: () => number = Date.now): Authenticator {
  const verify = createVerifier(settings);
  const verified = new LRUCache<string, { readonly principal: Principal; readonly from: number; readonly until: number }>({
    max: MOST_TOKENS,
  });
  return async (authorizationHeader) => {
    if (authorizationHeader === undefined) return null;
    const at = now();
    const known = verified.get(authorizationHeader);
    if (known !== undefined && known.from <= at && at < known.until) return known.principal;
    const { payload } = await verify(readBearerToken(authorizationHeader), new Date(at)).catch((error: unknown) => {
      verified.delete(authorizationHeader);
      throw describeFailure(error);
    });
    const principal = readPrincipal(payload);
    verified.set(authorizationHeader, { principal, from: at, until: Math.min(at + VERIFIED_FOR_MS, payload.exp! * 1_000) });
    return principal;
  };
}

/**
 * Why a tenant and roles cannot go together, or undefined where they can: a platform operator, and nobody else, has no tenant
 * (and no other role).
 */
export function findScopeMistake(tenant: string | null, roles: Iterable<Role>): string | undefined {
  const names = [...new Set(roles)];
  const isPlatformOperator = names.length === 1 && names[0] === 'operator';
  return tenant === null && !isPlatformOperator ? 'a token without a tenant must have the role operator and no other' : undefined;
}

function createVerifier({ key, issuer, audience }: AuthenticationSettings): (token: string, currentDate: Date) => Promise<JWTVerifyResult> {
  const options: JWTVerifyOptions = { issuer, audience, requiredClaims: ['exp', 'sub'] };
  if ('secret' in key) {
    const secretKey = createSecretKey(key.secret, 'utf8');
    return (token, currentDate) => jwtVerify(token, secretKey, { ...options, currentDate, algorithms: SECRET_ALGORITHMS });
  }
  const keySet = createRemoteJWKSet(new URL(key.jwksUrl));
  return (token, currentDate) => jwtVerify(token, keySet, { ...options, currentDate, algorithms: PUBLIC_KEY_ALGORITHMS });
}

function readBearerToken(header: string): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1];
  if (token === undefined) throw new UnauthenticatedError('The Authorization header must be "Bearer" and a token.');
  return token;
}

function readPrincipal(claims: JWTPayload): Principal {
  const { sub, tenant, roles } = claims;
  if (typeof sub !== 'string' || sub === '') throw new UnauthenticatedError('The token\'s claim "sub" must name its holder.');
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === ''))
    throw new UnauthenticatedError('The token\'s claim "tenant" must be a tenant\'s slug.');
  if (!Array.isArray(roles)) throw new UnauthenticatedError('The token\'s claim "roles" must be a list.');

  const granted = new Set(roles.map(readRole));
  const mistake = findScopeMistake(tenant ?? null, granted);
  if (mistake !== undefined) throw new UnauthenticatedError(`The token is not valid: ${mistake}.`);
  return { subject: sub, tenant: tenant ?? null, roles: granted };
}

function readRole(role: unknown): Role {
  const known = knownRoles.find((candidate) => candidate === role);
  if (known === undefined)
    throw new UnauthenticatedError(
      `The token has an unknown role ${JSON.stringify(role)?.slice(0, 100)}; roles are ${knownRoles.join(', ')}.`,
    );
  return known;
}

/** What jose found wrong with a token, in our words; what is wrong with the issuer's keys is not the caller's business. */
function describeFailure(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return unauthenticated(describeExpiry(error.payload), error);
  if (error instanceof errors.JWTClaimValidationFailed) return unauthenticated(describeClaim(error), error);
  if (error instanceof errors.JWSSignatureVerificationFailed) return unauthenticated("The token's signature does not match.", error);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return unauthenticated('The token is signed with an algorithm that is not accepted here.', error);
  if (error instanceof errors.JWKSNoMatchingKey)
    return unauthenticated("The token is signed with a key that is not among its issuer's.", error);
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return unauthenticated('The token does not say with which of its issuer\'s keys it is signed ("kid").', error);
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof errors.JOSENotSupported)
    return unauthenticated('The token is not a well-formed JWT.', error);
  return new OperationError('A token could not be checked: the keys of its issuer (AUTH_JWKS_URL) cannot be read.', { cause: error });
}

function describeExpiry({ exp }: JWTPayload): string {
  const at = new Date((exp ?? Number.NaN) * 1000);
  return Number.isNaN(at.valueOf()) ? 'The token has expired.' : `The token expired at ${at.toISOString()}.`;
}

function describeClaim({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `The token has no claim "${claim}".`;
  if (claim === 'iss') return 'The token comes from another issuer.';
  if (claim === 'aud') return 'The token is meant for another audience.';
  if (claim === 'nbf') return 'The token is not valid yet.';
  return `The token's claim "${claim}" is not valid.`;
}

function unauthenticated(message: string, cause: unknown): UnauthenticatedError {
  return new UnauthenticatedError(message, {}, { cause });
}
