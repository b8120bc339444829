import { acquireDatabase, type DatabaseLocation } from '../database/database-location.ts';
import { listPendingMigrations } from '../database/migrate.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../database/owner-database.ts';
import { OperationError } from '../errors.ts';
import { closeOnAbort } from './close-on-abort.ts';
import type { CommandContext } from './command-context.ts';
import { describeConnectionFailure } from '../database/connection-failure.ts';
import { InterruptedError } from './interrupted-error.ts';

/**
 * Finds the database, starts the embedded one if need be, and lets go of it whatever happens.
 * @throws OperationError where migrations are pending (unless `pendingMigrations` is `'allowed'`) or nobody answers,
 * InterruptedError once the signal is aborted and `use` has come to rest.
 */
export async function withDatabase<T>(
  context: CommandContext,
  use: (database: OwnerDatabase, location: DatabaseLocation) => Promise<T>,
  options: { pendingMigrations: 'allowed' | 'refused' } = { pendingMigrations: 'refused' },
): Promise<T> {
  const { signal, config, commandLine, say } = context;
  try {
    stopIfAborted(context);
    const location = await acquireDatabase(config, say);
    const open = async () => {
      stopIfAborted(context);
      return withOpenDatabase(context, location.ownerUrl, async (database) => {
        if (options.pendingMigrations === 'refused') await refusePendingMigrations(database);
        return use(database, location);
      });
    };
    return await releaseAfter(open, () => location.release(), say);
  } catch (error) {
    throw signal.aborted && !(error instanceof InterruptedError) ? new InterruptedError(commandLine, { cause: error }) : error;
  }
}

async function withOpenDatabase<T>(context: CommandContext, url: string, use: (database: OwnerDatabase) => Promise<T>): Promise<T> {
  const database = openOwnerDatabase(url);
  const close = closeOnAbort(database, url, context.signal);
  try {
    return await releaseAfter(() => use(database), close, context.say);
  } catch (error) {
    throw describeConnectionFailure(error, url) ?? error;
  }
}

async function refusePendingMigrations(database: OwnerDatabase): Promise<void> {
  const pending = await listPendingMigrations(database);
  if (pending.length > 0) throw new OperationError(`the database lacks ${pending.join(', ')}: run choices db up`);
}

function stopIfAborted(context: CommandContext): void {
  if (context.signal.aborted) throw new InterruptedError(context.commandLine);
}

/** Where both fail, the failure of `use` is the one that counts: the other is often only its echo. */
async function releaseAfter<T>(use: () => Promise<T>, release: () => Promise<void>, say: (line: string) => void): Promise<T> {
  let result: T;
  try {
    result = await use();
  } catch (error) {
    await release().catch((echo: unknown) =>
      say(`letting go of the database failed too: ${echo instanceof Error ? echo.message : String(echo)}`),
    );
    throw error;
  }
  await release();
  return result;
}
