import type { Command } from 'commander';
import { createTenant } from '../../choice/migrate/create-tenant.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { actorOption, dryRunOption, jsonOption } from '../options.ts';
import { showValue } from '../text/show-value.ts';
import { formatTable } from '../text/table.ts';
import { withDatabase } from '../with-database.ts';

interface CreateOptions {
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `choices tenant`: who the data belongs to. */
export function addTenantCommand(program: Command, run: RunCommand): void {
  const tenant = program.command('tenant').description('Create and list tenants.');
  addCreate(tenant, run);
  addList(tenant, run);
  tenant.addHelpText('after', '\nExample:\n  $ choices tenant list');
}

function addCreate(tenant: Command, run: RunCommand): void {
  tenant
    .command('create')
    .description('Create a tenant, with the choices of every field that was populated for all tenants.')
    .argument('<slug>', 'its name in tokens and commands')
    .option('--name <name>', 'its name for people (default: the slug)')
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', "\nExample:\n  $ choices tenant create acme --name 'Acme Corporation'")
    .action((slug: string, options: CreateOptions) =>
      run((context) => {
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async ({ sql }) => {
          const result = await createTenant(sql, context.registry, { slug, name: options.name ?? slug }, runOptions);
          const document = { ok: true, tenant: publicPart(result.tenant), created: result.created };
          return { exitCode: ExitCode.done, answer: { document, text: describeCreation(slug, result.created, runOptions.dryRun) } };
        });
      }),
    );
}

function addList(tenant: Command, run: RunCommand): void {
  tenant
    .command('list')
    .description('List the tenants.')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices tenant list --json')
    .action(() =>
      run((context) =>
        withDatabase(context, async ({ sql }) => {
          const tenants = (await listTenants(sql)).map(publicPart);
          return { exitCode: ExitCode.done, answer: { document: { tenants }, text: describeTenants(tenants) } };
        }),
      ),
    );
}

function publicPart({ slug, name }: Tenant): { slug: string; name: string } {
  return { slug, name };
}

function describeCreation(slug: string, created: boolean, dryRun: boolean): string {
  if (!created) return `${slug} exists already.`;
  return dryRun ? `Would create ${slug}.` : `Created ${slug}.`;
}

function describeTenants(tenants: readonly { slug: string; name: string }[]): string {
  if (tenants.length === 0) return 'There is no tenant yet.';
  return formatTable(
    [{ header: 'slug' }, { header: 'name' }],
    tenants.map((tenant) => [tenant.slug, showValue(tenant.name)]),
  ).join('\n');
}
