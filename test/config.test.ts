import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configVariables, loadConfig } from '../src/config.ts';
import { UsageError } from '../src/errors.ts';

const POSTGRES = 'postgres://owner:pw@db.example/crm';
const SECRET = 'x'.repeat(32);

describe('an empty environment', () => {
  test('gives the documented defaults', () => {
    expect(loadConfig({})).toEqual({
      databaseUrl: undefined,
      databaseAppUrl: undefined,
      databaseListenUrl: undefined,
      host: '127.0.0.1',
      port: 4000,
      dataDir: path.resolve('.data'),
      demo: true,
      auth: { secret: undefined, jwksUrl: undefined, issuer: undefined, audience: undefined },
      executor: 'compiled',
      logLevel: 'info',
    });
  });

  test('is what an environment of empty strings amounts to', () => {
    expect(loadConfig(Object.fromEntries(configVariables.map(({ name }) => [name, ''])))).toEqual(loadConfig({}));
  });

  test('is what an environment of the documented defaults amounts to', () => {
    expect(loadConfig(Object.fromEntries(configVariables.map(({ name, defaultValue }) => [name, defaultValue])))).toEqual(loadConfig({}));
  });
});

test('every variable is taken over', () => {
  const env = {
    DATABASE_URL: POSTGRES,
    DATABASE_APP_URL: 'postgresql://app@db.example/crm',
    DATABASE_LISTEN_URL: 'postgres://direct.example/crm',
    HOST: '0.0.0.0',
    PORT: '0',
    DATA_DIR: '/srv/choices',
    DEMO: '0',
    AUTH_SECRET: SECRET,
    AUTH_ISSUER: 'https://login.example',
    AUTH_AUDIENCE: 'crm',
    EXECUTOR: 'interpreted',
    LOG_LEVEL: 'debug',
  };
  expect(loadConfig(env)).toEqual({
    databaseUrl: env.DATABASE_URL,
    databaseAppUrl: env.DATABASE_APP_URL,
    databaseListenUrl: env.DATABASE_LISTEN_URL,
    host: '0.0.0.0',
    port: 0,
    dataDir: '/srv/choices',
    demo: false,
    auth: { secret: SECRET, jwksUrl: undefined, issuer: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE },
    executor: 'interpreted',
    logLevel: 'debug',
  });
  expect(loadConfig({ AUTH_JWKS_URL: 'https://login.example/jwks' }).auth.jwksUrl).toBe('https://login.example/jwks');
});

test('a configuration cannot be changed', () => {
  const config = loadConfig({});
  expect(Object.isFrozen(config) && Object.isFrozen(config.auth)).toBe(true);
});

test.each(['localhost', '::1', '0.0.0.0', 'crm.example.com'])('HOST may be %s', (host) => {
  expect(loadConfig({ HOST: host }).host).toBe(host);
});

test.each([
  ['DATABASE_URL', 'mysql://owner:pw@db/crm', 'a URL that starts with postgres:// or postgresql://', '"mysql:…"'],
  ['DATABASE_URL', 'db.example', 'a URL that starts with postgres:// or postgresql://', 'something that is no URL'],
  ['DATABASE_APP_URL', 'http://db', 'a URL that starts with postgres:// or postgresql://', '"http:…"'],
  ['DATABASE_LISTEN_URL', 'crm', 'a URL that starts with postgres:// or postgresql://', 'something that is no URL'],
  ['HOST', 'http://localhost', 'an IP address or a host name', '"http://localhost"'],
  ['HOST', 'localhost:4000', 'an IP address or a host name', '"localhost:4000"'],
  ['HOST', '300.1.1.1', 'an IP address or a host name', '"300.1.1.1"'],
  ['PORT', '65536', 'a whole number from 0 to 65535', '"65536"'],
  ['PORT', '-1', 'a whole number from 0 to 65535', '"-1"'],
  ['PORT', '4000.5', 'a whole number from 0 to 65535', '"4000.5"'],
  ['PORT', '0x10', 'a whole number from 0 to 65535', '"0x10"'],
  ['PORT', ' ', 'a whole number from 0 to 65535', '" "'],
  ['DEMO', 'no', '0 or 1', '"no"'],
  ['AUTH_SECRET', 'x'.repeat(31), 'at least 32 characters', '31 characters'],
  ['AUTH_JWKS_URL', 'file:///etc/keys', 'a URL that starts with https:// or http://', '"file:…"'],
  ['EXECUTOR', 'jit', 'one of compiled, interpreted', '"jit"'],
  ['LOG_LEVEL', 'verbose', 'one of silent, error, warn, info, debug', '"verbose"'],
])('%s=%s is refused by name, with what was expected and what was got', (name, value, expected, got) => {
  expect(() => loadConfig({ DATABASE_URL: POSTGRES, [name]: value })).toThrow(new UsageError(`${name}: expected ${expected}, got ${got}`));
});

test.each([
  [
    { AUTH_SECRET: SECRET, AUTH_JWKS_URL: 'https://login.example' },
    'AUTH_SECRET, AUTH_JWKS_URL: expected at most one of the two, got both',
  ],
  [{ DATABASE_APP_URL: POSTGRES }, 'DATABASE_APP_URL: expected DATABASE_URL to be set too, got DATABASE_APP_URL alone'],
  [{ DATABASE_LISTEN_URL: POSTGRES }, 'DATABASE_LISTEN_URL: expected DATABASE_URL to be set too, got DATABASE_LISTEN_URL alone'],
])('%o do not go together', (env, message) => {
  expect(() => loadConfig(env)).toThrow(message);
});

test.each([
  { DATABASE_URL: 'mysql://owner:hunter2hunter2@db/crm?password=hunter2hunter2' },
  { DATABASE_URL: 'hunter2hunter2' },
  { AUTH_SECRET: 'hunter2hunter2' },
  { AUTH_JWKS_URL: 'ftp://hunter2hunter2@keys' },
])('no error repeats a secret', (env) => {
  let message = '';
  try {
    loadConfig(env);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/expected .*, got /);
  expect(message).not.toContain('hunter2hunter2');
});

test('every variable is documented once, with what it means and what it may be', () => {
  const names = configVariables.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const variable of configVariables) expect([variable.meaning, variable.expected]).not.toContain('');
});
