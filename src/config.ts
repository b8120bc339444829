import { isIP } from 'node:net';
import path from 'node:path';
import { UsageError } from './errors.ts';

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const EXECUTORS = ['compiled', 'interpreted'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** What the process was told by its environment, checked: nothing else reads `process.env`. */
export interface Config {
  readonly databaseUrl: string | undefined;
  readonly databaseAppUrl: string | undefined;
  readonly databaseListenUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly demo: boolean;
  readonly auth: AuthConfig;
  readonly executor: ExecutorName;
  readonly logLevel: LogLevel;
}

export interface AuthConfig {
  readonly secret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

/** One environment variable as people read about it, in errors and in the README. */
export interface ConfigVariable {
  readonly name: string;
  readonly meaning: string;
  readonly expected: string;
  /** As one would write it in the environment; undefined where unset means something of its own. */
  readonly defaultValue: string | undefined;
}

const DATABASE_URL_EXPECTED = 'a URL that starts with postgres:// or postgresql://';

/** Every variable that `loadConfig` reads, in the order in which documentation lists them. */
export const configVariables = [
  {
    name: 'DATABASE_URL',
    meaning: 'The owner of the database on a real PostgreSQL server. Unset: the embedded server.',
    expected: DATABASE_URL_EXPECTED,
    defaultValue: undefined,
  },
  {
    name: 'DATABASE_APP_URL',
    meaning: 'The restricted role that the API runs as, where the owner may not create one. Needs DATABASE_URL.',
    expected: DATABASE_URL_EXPECTED,
    defaultValue: undefined,
  },
  {
    name: 'DATABASE_LISTEN_URL',
    meaning: 'A direct connection for LISTEN, where DATABASE_URL leads to a connection pooler. Needs DATABASE_URL.',
    expected: DATABASE_URL_EXPECTED,
    defaultValue: undefined,
  },
  { name: 'HOST', meaning: 'The address to listen on.', expected: 'an IP address or a host name', defaultValue: '127.0.0.1' },
  {
    name: 'PORT',
    meaning: 'The port to listen on; 0 takes any free one.',
    expected: 'a whole number from 0 to 65535',
    defaultValue: '4000',
  },
  {
    name: 'DATA_DIR',
    meaning: 'Where the embedded server and the secrets are kept; relative to the working directory.',
    expected: 'a path',
    defaultValue: '.data',
  },
  { name: 'DEMO', meaning: '0 = no demo data on the embedded server.', expected: '0 or 1', defaultValue: '1' },
  {
    name: 'AUTH_SECRET',
    meaning: 'The HS256 secret that signs tokens. Unset, without AUTH_JWKS_URL: one of its own, kept under DATA_DIR.',
    expected: 'at least 32 characters',
    defaultValue: undefined,
  },
  {
    name: 'AUTH_JWKS_URL',
    meaning: 'Where the public keys of the token issuer are published; instead of AUTH_SECRET.',
    expected: 'a URL that starts with https:// or http://',
    defaultValue: undefined,
  },
  { name: 'AUTH_ISSUER', meaning: 'The `iss` that tokens must carry. Unset: any.', expected: 'text', defaultValue: undefined },
  { name: 'AUTH_AUDIENCE', meaning: 'The `aud` that tokens must carry. Unset: any.', expected: 'text', defaultValue: undefined },
  {
    name: 'EXECUTOR',
    meaning: 'How operations are carried out: by plans that are made once for each, or by graphql-js alone. The answers are the same.',
    expected: `one of ${EXECUTORS.join(', ')}`,
    defaultValue: 'compiled',
  },
  { name: 'LOG_LEVEL', meaning: 'How much is logged.', expected: `one of ${LOG_LEVELS.join(', ')}`, defaultValue: 'info' },
] as const satisfies readonly ConfigVariable[];

type VariableName = (typeof configVariables)[number]['name'];

/**
 * Reads and checks the environment; an empty string counts as unset.
 * Throws a UsageError that names the variable, what was expected and what was got, and repeats no secret.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const databaseUrl = readDatabaseUrl(env, 'DATABASE_URL');
  const databaseAppUrl = readDatabaseUrl(env, 'DATABASE_APP_URL');
  const databaseListenUrl = readDatabaseUrl(env, 'DATABASE_LISTEN_URL');
  if (databaseUrl === undefined) {
    if (databaseAppUrl !== undefined) throw new UsageError(describeMissingDatabaseUrl('DATABASE_APP_URL'));
    if (databaseListenUrl !== undefined) throw new UsageError(describeMissingDatabaseUrl('DATABASE_LISTEN_URL'));
  }
  return Object.freeze({
    databaseUrl,
    databaseAppUrl,
    databaseListenUrl,
    host: readHost(env),
    port: readPort(env),
    dataDir: path.resolve(readText(env, 'DATA_DIR')),
    demo: readFlag(env, 'DEMO'),
    auth: readAuth(env),
    executor: readOneOf(env, 'EXECUTOR', EXECUTORS),
    logLevel: readOneOf(env, 'LOG_LEVEL', LOG_LEVELS),
  });
}

function readAuth(env: NodeJS.ProcessEnv): AuthConfig {
  const secret = readOptional(env, 'AUTH_SECRET');
  const jwksUrl = readOptional(env, 'AUTH_JWKS_URL');
  if (secret !== undefined && jwksUrl !== undefined) {
    throw new UsageError('AUTH_SECRET, AUTH_JWKS_URL: expected at most one of the two, got both');
  }
  if (secret !== undefined && Array.from(secret).length < 32) throw unexpected('AUTH_SECRET', `${Array.from(secret).length} characters`);
  if (jwksUrl !== undefined && !['http:', 'https:'].includes(parseProtocol(jwksUrl))) {
    throw unexpected('AUTH_JWKS_URL', describeUrl(jwksUrl));
  }
  return Object.freeze({ secret, jwksUrl, issuer: readOptional(env, 'AUTH_ISSUER'), audience: readOptional(env, 'AUTH_AUDIENCE') });
}

function readDatabaseUrl(env: NodeJS.ProcessEnv, name: VariableName): string | undefined {
  const url = readOptional(env, name);
  if (url !== undefined && !['postgres:', 'postgresql:'].includes(parseProtocol(url))) throw unexpected(name, describeUrl(url));
  return url;
}

function readHost(env: NodeJS.ProcessEnv): string {
  const host = readText(env, 'HOST');
  const isName = /^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/i.test(host) && !/^[\d.]+$/.test(host);
  if (isIP(host) === 0 && !isName) throw unexpected('HOST', quote(host));
  return host;
}

function readPort(env: NodeJS.ProcessEnv): number {
  const port = readText(env, 'PORT');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw unexpected('PORT', quote(port));
  return Number(port);
}

function readFlag(env: NodeJS.ProcessEnv, name: VariableName): boolean {
  const flag = readText(env, name);
  if (flag !== '0' && flag !== '1') throw unexpected(name, quote(flag));
  return flag === '1';
}

function readOneOf<Value extends string>(env: NodeJS.ProcessEnv, name: VariableName, values: readonly Value[]): Value {
  const text = readText(env, name);
  const known = values.find((candidate) => candidate === text);
  if (known === undefined) throw unexpected(name, quote(text));
  return known;
}

function readOptional(env: NodeJS.ProcessEnv, name: VariableName): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function readText(env: NodeJS.ProcessEnv, name: VariableName): string {
  return readOptional(env, name) ?? findVariable(name).defaultValue ?? '';
}

function findVariable(name: VariableName): ConfigVariable {
  const variable = configVariables.find((candidate) => candidate.name === name);
  if (variable === undefined) throw new TypeError(`${name} is not in configVariables`);
  return variable;
}

function unexpected(name: VariableName, got: string): UsageError {
  return new UsageError(`${name}: expected ${findVariable(name).expected}, got ${got}`);
}

function describeMissingDatabaseUrl(name: VariableName): string {
  return `${name}: expected DATABASE_URL to be set too, got ${name} alone (the embedded server needs neither)`;
}

function parseProtocol(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

/** A URL may carry a password, in its authority or in its query: both stay out of the message. */
function describeUrl(url: string): string {
  return URL.canParse(url) ? quote(`${new URL(url).protocol}…`) : 'something that is no URL';
}

function quote(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
