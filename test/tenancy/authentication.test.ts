import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import { OperationError, UnauthenticatedError, UsageError } from '../../src/errors.ts';
import { createAuthenticator } from '../../src/tenancy/authentication.ts';
import { ensureAuthSecret } from '../../src/tenancy/auth-secret.ts';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { resolveAuthentication } from '../../src/tenancy/resolve-authentication.ts';

const secret = 'a secret of at least thirty-two characters';
const reader = { subject: 'ada', tenant: 'acme', roles: ['reader'], expiresIn: '5m' } as const;

describe('a token that was issued', () => {
  const authenticate = createAuthenticator({ key: { secret } });

  test('says who its holder is', async () => {
    const token = await issueToken(secret, { ...reader, roles: ['writer', 'choice-admin', 'writer'] });
    expect(await authenticate(`Bearer ${token}`)).toEqual({ subject: 'ada', tenant: 'acme', roles: new Set(['writer', 'choice-admin']) });
  });

  test('for a platform operator has no tenant', async () => {
    const token = await issueToken(secret, { subject: 'root', tenant: null, roles: ['operator'], expiresIn: 60 });
    expect(await authenticate(`Bearer ${token}`)).toEqual({ subject: 'root', tenant: null, roles: new Set(['operator']) });
  });

  test('for an operator of a tenant may have other roles', async () => {
    const token = await issueToken(secret, { ...reader, roles: ['operator', 'reader'] });
    expect(await authenticate(`Bearer ${token}`)).toMatchObject({ tenant: 'acme', roles: new Set(['operator', 'reader']) });
  });

  test('for nothing grants nothing', async () => {
    expect(await authenticate(`Bearer ${await issueToken(secret, { ...reader, roles: [] })}`)).toMatchObject({ roles: new Set() });
  });

  test('expires', async () => {
    const token = await issueToken(secret, { ...reader, expiresIn: -1 });
    await expect(authenticate(`Bearer ${token}`)).rejects.toThrow(/^The token expired at .*Z\.$/);
  });

  test.each([
    ['a writer of no tenant', { ...reader, tenant: null }, /without a tenant must have the role operator/],
    ['an operator of no tenant who is also a reader', { ...reader, tenant: null, roles: ['operator', 'reader'] as const }, /and no other/],
    ['nobody', { ...reader, subject: '' }, /must name its holder/],
    ['a time that is none', { ...reader, expiresIn: 'soon' }, /"30d"/],
  ])('is not issued for %s', async (_whom, claims, message) => {
    const issued = issueToken(secret, claims);
    await expect(issued).rejects.toThrow(UsageError);
    await expect(issued).rejects.toThrow(message);
  });
});

describe('an authenticator', () => {
  test('takes a request without the header for an anonymous one', async () => {
    expect(await createAuthenticator({ key: { secret } })(undefined)).toBeNull();
  });

  test('does not take an empty header for an anonymous request', async () => {
    await expect(createAuthenticator({ key: { secret } })('')).rejects.toThrow(UnauthenticatedError);
  });

  test('checks issuer and audience where they are configured', async () => {
    const authenticate = createAuthenticator({ key: { secret }, issuer: 'https://id.example', audience: 'crm' });
    const good = { ...reader, issuer: 'https://id.example', audience: 'crm' };
    expect(await authenticate(`Bearer ${await issueToken(secret, good)}`)).toMatchObject({ subject: 'ada' });
    for (const [claims, message] of [
      [{ ...good, issuer: 'https://evil.example' }, 'The token comes from another issuer.'],
      [{ ...good, issuer: undefined }, 'The token has no claim "iss".'],
      [{ ...good, audience: 'shop' }, 'The token is meant for another audience.'],
      [{ ...good, audience: undefined }, 'The token has no claim "aud".'],
    ] as const)
      await expect(authenticate(`Bearer ${await issueToken(secret, claims)}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message });
  });

  test.each([
    ['that is not valid yet', { sub: 'eve', nbf: Math.floor(Date.now() / 1000) + 300 }, 'The token is not valid yet.'],
    ['without a holder', {}, 'The token has no claim "sub".'],
    ['whose holder is no name', { sub: '' }, 'The token\'s claim "sub" must name its holder.'],
    ['without roles', { sub: 'eve', roles: undefined }, 'The token\'s claim "roles" must be a list.'],
  ])('refuses a token %s', async (_which, claims, message) => {
    const token = new SignJWT({ roles: [], tenant: 'acme', ...claims }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m');
    const signed = await token.sign(new TextEncoder().encode(secret));
    await expect(createAuthenticator({ key: { secret } })(`Bearer ${signed}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message });
  });
});

describe('an authenticator with a key set', () => {
  let server: Server;
  let url: string;
  let keys: Record<'RS256' | 'PS256' | 'ES256' | 'EdDSA', CryptoKey>;
  let answer: () => { status: number; body: unknown };

  beforeAll(async () => {
    const pairs = await Promise.all(
      (['RS256', 'PS256', 'ES256', 'EdDSA'] as const).map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const),
    );
    const jwks = await Promise.all(pairs.map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), alg, kid: alg })));
    keys = Object.fromEntries(pairs.map(([alg, { privateKey }]) => [alg, privateKey])) as typeof keys;
    server = createServer((_request, response) => {
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    answer = () => ({ status: 200, body: { keys: jwks } });
  });
  afterAll(async () => {
    server.close();
    await once(server, 'close');
  });

  const sign = (alg: string, key: CryptoKey | Uint8Array, kid = alg) =>
    new SignJWT({ tenant: 'acme', roles: ['reader'] }).setProtectedHeader({ alg, kid }).setSubject('ada').setExpirationTime('5m').sign(key);

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('accepts %s', async (alg) => {
    const authenticate = createAuthenticator({ key: { jwksUrl: url } });
    expect(await authenticate(`Bearer ${await sign(alg, keys[alg])}`)).toMatchObject({ subject: 'ada', tenant: 'acme' });
  });

  test('refuses HS256, so that a public key is never taken for a secret', async () => {
    const publicKey = new TextEncoder().encode(JSON.stringify(answer().body));
    await expect(createAuthenticator({ key: { jwksUrl: url } })(`Bearer ${await sign('HS256', publicKey, 'RS256')}`)).rejects.toMatchObject(
      {
        code: 'UNAUTHENTICATED',
        message: 'The token is signed with an algorithm that is not accepted here.',
      },
    );
  });

  test('refuses a key that the issuer does not publish, and one that is forged under a published name', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const authenticate = createAuthenticator({ key: { jwksUrl: url } });
    await expect(authenticate(`Bearer ${await sign('RS256', privateKey, 'unknown')}`)).rejects.toThrow(/not among its issuer's/);
    await expect(authenticate(`Bearer ${await sign('RS256', privateKey, 'RS256')}`)).rejects.toThrow(/signature does not match/);
  });

  test.each([
    ['is an error', 500, {}],
    ['is no key set', 200, { hello: 'world' }],
  ])("does not blame the caller when the issuer's answer %s", async (_what, status, body) => {
    const before = answer;
    answer = () => ({ status, body });
    const authenticated = createAuthenticator({ key: { jwksUrl: url } })(`Bearer ${await sign('RS256', keys.RS256)}`);
    await expect(authenticated).rejects.toThrow(OperationError);
    answer = before;
  });

  test('does not blame the caller when the issuer cannot be reached', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const authenticate = createAuthenticator({ key: { jwksUrl: `http://127.0.0.1:${port}/` } });
    await expect(authenticate(`Bearer ${await sign('RS256', keys.RS256)}`)).rejects.toThrow(OperationError);
  });
});

describe('the secret of the embedded default', () => {
  let dataDir: string;
  let file: string;
  beforeEach(async () => {
    dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'auth-secret-')), 'data');
    file = path.join(dataDir, 'auth-secret');
  });
  afterEach(() => rm(path.dirname(dataDir), { recursive: true, force: true }));

  test('is made once, for its owner alone, and leaves nothing else behind', async () => {
    const made = await ensureAuthSecret(dataDir);
    expect(Buffer.from(made, 'base64url')).toHaveLength(32);
    expect(await ensureAuthSecret(dataDir)).toBe(made);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['auth-secret']);
    expect((await readFile(file, 'utf8')).trim()).toBe(made);
  });

  test('is the same for callers that start at once', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => ensureAuthSecret(dataDir)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['auth-secret']);
  });

  test('is the same for processes that start at once', async () => {
    const module = path.resolve('src/tenancy/auth-secret.ts');
    const script = `import(${JSON.stringify(module)}).then(async (m) => { process.stdin.once('data', async () => { console.log(await m.ensureAuthSecret(${JSON.stringify(dataDir)})); process.exit(); }); console.log('waiting'); })`;
    const processes = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--no-warnings', '--experimental-transform-types', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const outputs = processes.map((child) => {
      let output = '';
      child.stdout.on('data', (chunk) => (output += String(chunk)));
      return () => output;
    });
    await Promise.all(processes.map((child) => once(child.stdout, 'data')));
    for (const child of processes) child.stdin.write('go');
    await Promise.all(processes.map((child) => once(child, 'close')));
    const secrets = outputs.map((output) => output().trim().split('\n').at(-1));
    expect(new Set(secrets)).toEqual(new Set([await ensureAuthSecret(dataDir)]));
  });

  test.each([
    ['is too short', 'c2hvcnQ'],
    ['is empty', ''],
    ['is no base64url', `${'a'.repeat(42)}!!`],
  ])('that %s is refused with what to do', async (_how, content) => {
    await ensureAuthSecret(dataDir);
    await writeFile(file, content);
    await expect(ensureAuthSecret(dataDir)).rejects.toThrow(OperationError);
    await expect(ensureAuthSecret(dataDir)).rejects.toThrow(`${file} does not hold a secret`);
  });

  test('that cannot be read or kept is refused, naming the file', async () => {
    await ensureAuthSecret(dataDir);
    await expect(ensureAuthSecret(file)).rejects.toThrow(OperationError);
    await expect(ensureAuthSecret(file)).rejects.toThrow(file);
  });

  test('in a directory that may not be written is refused, naming the file', async () => {
    await ensureAuthSecret(dataDir);
    await rm(file);
    await chmod(dataDir, 0o500);
    const result = await ensureAuthSecret(dataDir).catch((error: unknown) => error);
    await chmod(dataDir, 0o700);
    // Root may write everywhere.
    if (process.getuid?.() !== 0) expect(result).toBeInstanceOf(OperationError);
    else expect(typeof result).toBe('string');
  });
});

describe('authentication is resolved', () => {
  const unset = { secret: undefined, jwksUrl: undefined, issuer: undefined, audience: undefined };
  const resolve = (
    auth: Partial<typeof unset | Record<'secret' | 'jwksUrl' | 'issuer' | 'audience', string>>,
    embedded: boolean,
    dataDir = '/nowhere',
  ) => resolveAuthentication({ auth: { ...unset, ...auth }, dataDir }, embedded);

  test.each([true, false])('to what is configured (embedded database: %s)', async (embedded) => {
    expect(await resolve({ secret, issuer: 'i', audience: 'a' }, embedded)).toEqual({ key: { secret }, issuer: 'i', audience: 'a' });
    expect(await resolve({ jwksUrl: 'https://id.example/jwks' }, embedded)).toMatchObject({ key: { jwksUrl: 'https://id.example/jwks' } });
  });

  test('to a secret of its own for the embedded database only', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'auth-secret-'));
    expect(await resolve({}, true, dataDir)).toMatchObject({ key: { secret: await ensureAuthSecret(dataDir) } });
    await rm(dataDir, { recursive: true });
    await expect(resolve({}, false)).rejects.toThrow(UsageError);
    await expect(resolve({}, false)).rejects.toThrow(/AUTH_SECRET.*AUTH_JWKS_URL/);
  });

  test('to no two keys at once', async () => {
    await expect(resolve({ secret, jwksUrl: 'https://id.example/jwks' }, true)).rejects.toThrow(UsageError);
  });
});
