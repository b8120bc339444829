const levels = ['debug', 'info', 'warn', 'error'] as const;

type Log = (message: string, details?: Readonly<Record<string, unknown>>) => void;

/** Where the API says what operators should know. */
export type Logger = Readonly<Record<(typeof levels)[number], Log>>;

/** A logger that writes each entry as one line of JSON, for the entries of a level and those more severe. */
export function createJsonLogger(level: keyof Logger | 'silent', write: (line: string) => void): Logger {
  const threshold = level === 'silent' ? levels.length : levels.indexOf(level);
  const log =
    (entryLevel: keyof Logger): Log =>
    (message, details) => {
      if (levels.indexOf(entryLevel) < threshold) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level: entryLevel, message, ...details })}\n`);
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** An error with everything that caused it, as data for a log. */
export function describeCauses(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) || depth === 10) return { message: String(error) };
  return {
    // Drivers subclass Error without giving their errors a name.
    name: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message,
    ...('code' in error ? { code: String(error.code) } : {}),
    stack: error.stack,
    ...(error instanceof AggregateError ? { errors: error.errors.map((inner: unknown) => describeCauses(inner, depth + 1)) } : {}),
    ...(error.cause === undefined ? {} : { cause: describeCauses(error.cause, depth + 1) }),
  };
}
