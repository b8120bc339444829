import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationError } from '../errors.ts';

const SECRET_BYTES = 32;

/**
 * The secret that the embedded default signs its tokens with, kept in `DATA_DIR/auth-secret` and made on first use. Processes
 * that start at once end up with the same one.
 * @throws OperationError when it can be neither read nor made, or what is there is no such secret.
 */
export async function ensureAuthSecret(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'auth-secret');
  const secret = (await readSecret(file)) ?? (await createSecret(file));
  if (!/^[A-Za-z0-9_-]+$/.test(secret) || Buffer.from(secret, 'base64url').length < SECRET_BYTES)
    throw new OperationError(
      `${file} does not hold a secret of ${SECRET_BYTES} bytes in base64url. Delete it to have a new one made; tokens issued so far end with it.`,
    );
  return secret;
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new OperationError(`The secret that signs tokens cannot be read from ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A link appears whole or not at all and never replaces another, so whoever is second finds the secret of the first. */
async function createSecret(file: string): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    try {
      await link(draft, file);
      return secret;
    } catch (error) {
      const existing = hasCode(error, 'EEXIST') ? await readSecret(file) : undefined;
      if (existing === undefined) throw error;
      return existing;
    } finally {
      await unlink(draft);
    }
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(`The secret that signs tokens cannot be kept in ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
