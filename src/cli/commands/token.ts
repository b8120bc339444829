import { type Command, Option } from 'commander';
import type { Config } from '../../config.ts';
import { UsageError } from '../../errors.ts';
import { findScopeMistake } from '../../tenancy/authentication.ts';
import { issueToken } from '../../tenancy/issue-token.ts';
import { type Role, roles as knownRoles } from '../../tenancy/principal.ts';
import { resolveAuthentication } from '../../tenancy/resolve-authentication.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { jsonOption, oneTenantOption, requireOneTenant } from '../options.ts';
import { parseTimeSpan } from '../parse-time-span.ts';

interface TokenOptions {
  readonly tenant?: string[];
  readonly role: Role[];
  /** Seconds. */
  readonly expiresIn: number;
  readonly subject?: string;
}

/** `choices token`: signs a token with the secret that the server checks tokens with. It asks no database. */
export function addTokenCommand(program: Command, run: RunCommand): void {
  program
    .command('token')
    .description(
      "Print a token for the API, alone on stdout. Without a tenant, and with the role operator alone, it is a platform operator's.",
    )
    .addOption(oneTenantOption())
    .addOption(new Option('--role <role...>', 'what it may do; repeatable').choices(knownRoles).makeOptionMandatory())
    .addOption(new Option('--expires-in <span>', 'how long it is good for').default(parseTimeSpan('12h'), '12h').argParser(parseTimeSpan))
    .option('--subject <name>', 'whom it is for (default: your user name)')
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  $ choices token --tenant acme --role writer\n  $ choices token --role operator --expires-in 1h')
    .action((options: TokenOptions) =>
      run(async (context) => {
        const tenant = options.tenant === undefined ? null : requireOneTenant(options.tenant);
        const roles = [...new Set(options.role)];
        const mistake = findScopeMistake(tenant, roles);
        if (mistake !== undefined) throw new UsageError(`${mistake}: give --tenant SLUG, or --role operator alone`);

        const claims = { subject: options.subject ?? context.dependencies.userName, tenant, roles, expiresIn: options.expiresIn };
        const { secret, issuer, audience } = await findSecret(context.config);
        const token = await issueToken(secret, { ...claims, issuer, audience });
        return { exitCode: ExitCode.done, answer: { document: { ok: true, token, ...claims }, text: token } };
      }),
    );
}

async function findSecret(config: Config): Promise<{ secret: string; issuer: string | undefined; audience: string | undefined }> {
  const { key, issuer, audience } = await resolveAuthentication(config, config.databaseUrl === undefined);
  if ('secret' in key) return { secret: key.secret, issuer, audience };
  throw new UsageError(
    'tokens come from your identity provider (AUTH_JWKS_URL), and only it can sign them; choices token needs AUTH_SECRET',
  );
}
