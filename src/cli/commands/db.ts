import type { Command } from 'commander';
import type { DatabaseLack } from '../../crm/crm-database.ts';
import { ensureAppRole } from '../../database/app-role.ts';
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
    .description("Run the migrations and build the indexes that the database lacks, and make sure of the API's role.")
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices db up --dry-run')
    .action((options: { dryRun?: boolean }) =>
      run((context) =>
        withDatabase(
          context,
          async (database) => {
            const dryRun = options.dryRun === true;
            const result = await context.dependencies.bringUpDatabase(database, { dryRun });
            const role = dryRun ? undefined : await ensureAppRole(database, context.config.databaseAppUrl);
            if (role?.warning !== undefined) context.say(role.warning);
            return {
              exitCode: ExitCode.done,
              answer: {
                document: { ok: true, ...result, role },
                text: dryRun ? describeLack(result, 'Would run:', 'Would build the indexes:') : describeUp(result),
              },
            };
          },
          { pendingMigrations: 'allowed' },
        ),
      ),
    );
}

function addStatus(db: Command, run: RunCommand): void {
  db.command('status')
    .description('List the migrations and indexes that the database lacks.')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices db status --json')
    .action(() =>
      run((context) =>
        withDatabase(
          context,
          async (database) => {
            const lack = await context.dependencies.findDatabaseLack(database);
            const isUp = lack.pending.length + lack.lackingIndexes.length === 0;
            const text = describeLack(lack, 'The database lacks:', 'It lacks the indexes:') + (isUp ? '' : '\nRun choices db up.');
            return { exitCode: ExitCode.done, answer: { document: { ok: true, ...lack }, text } };
          },
          { pendingMigrations: 'allowed' },
        ),
      ),
    );
}

function describeUp({ applied, builtIndexes }: { applied: readonly string[]; builtIndexes: readonly string[] }): string {
  return describeLack({ pending: applied, lackingIndexes: builtIndexes }, 'Ran:', 'Built the indexes:');
}

function describeLack({ pending, lackingIndexes }: DatabaseLack, migrations: string, indexes: string): string {
  const list = (title: string, names: readonly string[]) => (names.length === 0 ? [] : [title, ...names.map((name) => `  ${name}`)]);
  return [...list(migrations, pending), ...list(indexes, lackingIndexes)].join('\n') || 'The database is up to date.';
}
