import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationError } from '../../errors.ts';
import { hasErrorCode } from '../error-code.ts';

/** What the embedded server of one `DATA_DIR` is known by and entered with. All three are safe in a URL and in a path. */
export interface ServerSecrets {
  /** Names the directory that the cluster is kept in where it cannot be under `DATA_DIR`. */
  readonly id: string;
  readonly superuserPassword: string;
  readonly ownerPassword: string;
}

/**
 * Reads `DATA_DIR/secrets`, or makes it, readable by us alone. Processes that start at once end up with the same secrets.
 * @throws OperationError when it can be neither read nor made, or holds something else.
 */
export async function ensureServerSecrets(dataDir: string): Promise<ServerSecrets> {
  const file = path.join(dataDir, 'secrets');
  try {
    const text = (await readIfThere(file)) ?? (await create(file));
    return parse(text);
  } catch (error) {
    throw new OperationError(`The secrets of the embedded PostgreSQL cannot be kept in ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function create(file: string): Promise<string> {
  const secrets: ServerSecrets = {
    id: randomBytes(8).toString('hex'),
    superuserPassword: createPassword(),
    ownerPassword: createPassword(),
  };
  const draft = `${file}.${secrets.id}`;
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link appears whole or not at all and never replaces another, so whoever is second finds the secrets of the first.
    await link(draft, file);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return readFile(file, 'utf8');
}

function createPassword(): string {
  return randomBytes(24).toString('base64url');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parse(text: string): ServerSecrets {
  const value: unknown = parseJson(text);
  if (typeof value !== 'object' || value === null) throw new TypeError('expected an object, got something else');
  const read = (name: keyof ServerSecrets): string => {
    const member: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
    if (typeof member !== 'string' || !/^[\w-]{8,}$/.test(member)) throw new TypeError(`expected ${name} to be letters and digits`);
    return member;
  };
  return { id: read('id'), superuserPassword: read('superuserPassword'), ownerPassword: read('ownerPassword') };
}

/** The parser's own message quotes the text, which is secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('expected JSON, got something else');
  }
}
