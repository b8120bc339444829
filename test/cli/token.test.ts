import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAuthenticator } from '../../src/tenancy/authentication.ts';
import { ensureAuthSecret } from '../../src/tenancy/auth-secret.ts';
import { createTestCli, loadCli, resetEngine, type TestCli } from './fake-engine.ts';

const { runCli } = await loadCli();
const SECRET = 'a secret that is at least 32 characters long';

let dataDir: string;
let cli: TestCli;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'choices-token-'));
});

afterAll(() => rm(dataDir, { recursive: true }));

beforeEach(() => {
  resetEngine();
  cli = createTestCli({ AUTH_SECRET: SECRET, AUTH_ISSUER: 'choices', DATA_DIR: dataDir });
});

const run = (...argv: string[]) => runCli(['token', ...argv], cli.dependencies);
const readPrincipal = (token: string, secret = SECRET) => createAuthenticator({ key: { secret } })(`Bearer ${token}`);

describe('token', () => {
  test('prints a token alone on stdout that the server accepts', async () => {
    expect(await run('--tenant', 'acme', '--role', 'reader', 'writer', '--role', 'reader')).toBe(0);
    expect(cli.stdout.text).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(cli.stderr.text).toBe('');
    expect(await readPrincipal(cli.stdout.text.trim())).toEqual({ subject: 'ada', tenant: 'acme', roles: new Set(['reader', 'writer']) });
  });

  test("a platform operator's has no tenant", async () => {
    expect(await run('--role', 'operator', '--subject', 'grace')).toBe(0);
    expect(await readPrincipal(cli.stdout.text.trim())).toEqual({ subject: 'grace', tenant: null, roles: new Set(['operator']) });
  });

  test('is good for as long as asked, twelve hours by default', async () => {
    await run('--tenant', 'acme', '--role', 'reader', '--expires-in', '15m');
    await run('--tenant', 'acme', '--role', 'reader');
    const lifetimes = cli.stdout.text.trim().split('\n').map(readLifetime);
    expect(lifetimes).toEqual([900, 43_200]);
  });

  test('--json says what is in it', async () => {
    expect(await run('--tenant', 'acme', '--role', 'reader', '--json')).toBe(0);
    expect(JSON.parse(cli.stdout.text)).toEqual({
      ok: true,
      token: expect.any(String),
      subject: 'ada',
      tenant: 'acme',
      roles: ['reader'],
      expiresIn: 43_200,
    });
  });

  test('of the embedded default is signed with the secret under DATA_DIR', async () => {
    cli = createTestCli({ DATA_DIR: dataDir });
    expect(await run('--tenant', 'acme', '--role', 'reader')).toBe(0);
    expect(await readPrincipal(cli.stdout.text.trim(), await ensureAuthSecret(dataDir))).toMatchObject({ tenant: 'acme' });
  });

  test.each([
    [{ DATABASE_URL: 'postgres://localhost/crm' }, 'AUTH_SECRET'],
    [{ AUTH_JWKS_URL: 'https://id.example.com/keys' }, 'only it can sign them'],
  ])('cannot be signed with %j: exit 2', async (env, message) => {
    cli = createTestCli(env);
    expect(await run('--tenant', 'acme', '--role', 'reader')).toBe(2);
    expect(cli.stderr.text).toContain(message);
  });
});

function readLifetime(token: string): number {
  const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { iat: number; exp: number };
  return exp - iat;
}
