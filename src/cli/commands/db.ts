import type { Command } from 'commander';
import { ensureAppRole } from '../../database/app-role.ts';
import { listPendingMigrations, migrateDatabase } from '../../database/migrate.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { dryRunOption, jsonOption } from '../options.ts';
import { withDatabase } from '../with-database.ts';

/** `choices db`: the numbered migrations of the database. */
export function addDbCommand(program: Command, run: RunCommand): void {
  const db = program.command('db').description('Bring the database to the newest migration, or see how far it is.');
  addUp(db, run);
  addStatus(db, run);
  db.addHelpText('after', '\nExample:\n  $ choices db up');
}

function addUp(db: Command, run: RunCommand): void {
  db.command('up')
    .description("Run the migrations that the database lacks, and make sure of the API's role.")
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices db up --dry-run')
    .action((options: { dryRun?: boolean }) =>
      run((context) =>
        withDatabase(
          context,
          async (database) => {
            const dryRun = options.dryRun === true;
            const result = await migrateDatabase(database, { dryRun });
            const role = dryRun ? undefined : await ensureAppRole(database, context.config.databaseAppUrl);
            if (role?.warning !== undefined) context.say(role.warning);
            return { exitCode: ExitCode.done, answer: { document: { ok: true, ...result, role }, text: describeUp(result, dryRun) } };
          },
          { pendingMigrations: 'allowed' },
        ),
      ),
    );
}

function addStatus(db: Command, run: RunCommand): void {
  db.command('status')
    .description('List the migrations that the database lacks.')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices db status --json')
    .action(() =>
      run((context) =>
        withDatabase(
          context,
          async (database) => {
            const pending = await listPendingMigrations(database);
            return { exitCode: ExitCode.done, answer: { document: { ok: true, pending }, text: describePending(pending) } };
          },
          { pendingMigrations: 'allowed' },
        ),
      ),
    );
}

function describeUp(result: { applied: readonly string[]; pending: readonly string[] }, dryRun: boolean): string {
  const names = dryRun ? result.pending : result.applied;
  if (names.length === 0) return 'The database is up to date.';
  return [dryRun ? 'Would run:' : 'Ran:', ...names.map((name) => `  ${name}`)].join('\n');
}

function describePending(pending: readonly string[]): string {
  if (pending.length === 0) return 'The database is up to date.';
  return ['The database lacks:', ...pending.map((name) => `  ${name}`), 'Run choices db up.'].join('\n');
}
