import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { AuthenticationSettings } from './authentication.ts';
import { ensureAuthSecret } from './auth-secret.ts';

/**
 * How tokens are checked: as configured, else, for the embedded database only, with a secret of its own under DATA_DIR.
 * @throws UsageError when a real server is to be used and nothing says who may sign tokens.
 */
export async function resolveAuthentication(config: Pick<Config, 'auth' | 'dataDir'>, embedded: boolean): Promise<AuthenticationSettings> {
  const { secret, jwksUrl, issuer, audience } = config.auth;
  if (secret !== undefined && jwksUrl !== undefined)
    throw new UsageError('AUTH_SECRET, AUTH_JWKS_URL: expected at most one of the two, got both');
  if (secret !== undefined) return { key: { secret }, issuer, audience };
  if (jwksUrl !== undefined) return { key: { jwksUrl }, issuer, audience };
  if (embedded) return { key: { secret: await ensureAuthSecret(config.dataDir) }, issuer, audience };
  throw new UsageError(
    'With DATABASE_URL, say who signs tokens: set AUTH_SECRET (at least 32 characters, for HS256) or AUTH_JWKS_URL (the key set of your identity provider)',
  );
}
