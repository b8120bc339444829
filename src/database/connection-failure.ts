import pg from 'pg';
import { OperationError } from '../errors.ts';

/** Node's and libuv's codes, and PostgreSQL's (manual, appendix A) for a session that was refused. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the host is out of reach',
  ENETUNREACH: 'the network is out of reach',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ENOENT: 'the socket does not exist',
  EACCES: 'the socket may not be used',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  '08P01': 'the server does not speak the protocol expected',
  '25006': 'the server, or this database, only answers reads',
  '28000': 'the server refuses this user',
  '28P01': 'the password is wrong, or the user does not exist',
  '3D000': 'the database does not exist',
  '42501': 'the user may not connect to the database',
  '53300': 'the server has no connection left',
  '57P01': 'the server was shut down',
  '57P02': 'the server crashed',
  '57P03': 'the server is starting up or shutting down',
};

const RESTARTING = new Set(['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** Codes that a file of one's own can cause just as well. */
const FILE_CODES = new Set(['ENOENT', 'EACCES']);

const CUT = /^connection terminated|^client has encountered a connection error/i;

/** Errors of node-postgres that carry no code. */
const MESSAGES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^timeout exceeded when trying to connect|^timeout expired|connection timeout/i, 'no answer in time'],
  [CUT, 'the connection was cut'],
  [/client password must be a string/i, 'the server wants a password, and the URL has none'],
  [/server does not support SSL/i, 'the server does not support SSL'],
];

/** An error that names where a connection was tried and as whom (never the password); undefined for an error of another kind. */
export function describeConnectionFailure(error: unknown, url: string): OperationError | undefined {
  const reason = findReason(error);
  if (reason === undefined) return undefined;
  const { host, port, database, user } = new pg.Client({ connectionString: url });
  return new OperationError(
    `no connection to PostgreSQL at host ${host}, port ${port}, database ${database ?? ''}, user ${user ?? ''}: ${reason}`,
    { cause: error },
  );
}

/** Whether an error says that the server could not be reached, or that the connection to it was lost. */
export function isConnectionFailure(error: unknown): boolean {
  return findReason(error) !== undefined || (error instanceof OperationError && findReason(error.cause) !== undefined);
}

/** Whether an error says that the server goes down, comes up, or is gone at this moment: what passes where somebody starts it again. */
export function isServerRestarting(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isServerRestarting);
  const code = 'code' in error ? String(error.code) : '';
  return (
    RESTARTING.has(code) ||
    (error instanceof Error && code === '' && CUT.test(error.message)) ||
    (error instanceof OperationError && isServerRestarting(error.cause))
  );
}

function findReason(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // Node tries every address of a host, and reports all of their errors as one.
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(findReason).find((reason) => reason !== undefined);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  if (FILE_CODES.has(code) && !('syscall' in error && error.syscall === 'connect')) return undefined;
  if (code === '42501' && !message.startsWith('permission denied for database')) return undefined;
  return REASONS[code] ?? MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
}
