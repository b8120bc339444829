import { type Command, Option } from 'commander';
import {
  type ChainHead,
  type ChainOwner,
  formatHead,
  isCalled,
  type KeptHead,
  listChains,
  parseHeads,
  PLATFORM,
} from '../../choice/audit/chain-head.ts';
import { type AuditFinding, type AuditVerification, verifyChains } from '../../choice/audit/verify-chains.ts';
import { UsageError } from '../../errors.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { collectDistinct, jsonOption } from '../options.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';
import { showValue } from '../text/show-value.ts';
import { withDatabase } from '../with-database.ts';

interface AuditOptions {
  readonly tenant?: string[];
  readonly expect?: string[];
}

/** `choices audit`: what is kept of every change, and whether it is as it was written. */
export function addAuditCommand(program: Command, run: RunCommand): void {
  const audit = program.command('audit').description('Look at the record of all changes of choices, aliases, phases and acceptances.');
  addVerify(audit, run);
  addHead(audit, run);
  audit.addHelpText('after', '\nExample:\n  $ choices audit verify --tenant acme');
}

function addVerify(audit: Command, run: RunCommand): void {
  audit
    .command('verify')
    .description('Check that every entry is as it was written, and print the head of each chain. Changes nothing; exits 1 with findings.')
    .addOption(chainsOption())
    .addOption(
      new Option(
        '--expect <heads>',
        '"SLUG SEQUENCE:HASH" as it was printed, one or many: they must be in their chains still; repeatable',
      ).argParser(collectDistinct),
    )
    .addOption(jsonOption())
    .addHelpText('after', `\nExample:\n  $ choices audit verify --expect "$(cat heads.txt)"`)
    .action((options: AuditOptions) =>
      run((context) => {
        const expected = (options.expect ?? []).flatMap(readExpected);
        return withDatabase(context, async ({ sql }) => {
          const all = await listChains(sql);
          const asked = chooseChains(all, options.tenant ?? []);
          // A tenant that is gone altogether is a finding, one that is only not looked at is not.
          const named = expected.flatMap(({ owner }) => owner ?? []);
          assertKnown(
            asked,
            named.filter((name) => all.some((chain) => isCalled(chain, name))),
            '--expect',
          );
          const onChain = (done: number, total: number) => context.onProgress({ step: 'audit', field: 'chains', done, total });
          const result = await verifyChains(sql, asked, { expected, onChain });
          const exitCode = result.ok ? ExitCode.done : ExitCode.failed;
          return { exitCode, answer: { document: describeDocument(result), text: describeVerification(result) } };
        });
      }),
    );
}

function addHead(audit: Command, run: RunCommand): void {
  audit
    .command('head')
    .description('Print the head of each chain: whoever keeps it elsewhere notices, by audit verify --expect, what is cut off later.')
    .addOption(chainsOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices audit head --tenant acme')
    .action((options: AuditOptions) =>
      run((context) =>
        withDatabase(context, async ({ sql }) => {
          const chains = chooseChains(await listChains(sql), options.tenant ?? []);
          return { exitCode: ExitCode.done, answer: { document: { chains: chains.map(describeChain) }, text: describeHeads(chains) } };
        }),
      ),
    );
}

function chainsOption(): Option {
  return new Option('--tenant <slug>', `a tenant, or ${PLATFORM} for the phases of whole fields; repeatable (default: all)`).argParser(
    collectDistinct,
  );
}

/** @throws UsageError naming what is no chain. */
function chooseChains<Owner extends ChainOwner>(all: readonly Owner[], names: readonly string[]): readonly Owner[] {
  assertKnown(all, names, '--tenant');
  return all.filter((owner) => names.length === 0 || names.some((name) => isCalled(owner, name)));
}

function assertKnown(chains: readonly ChainOwner[], names: readonly string[], option: string): void {
  const unknown = names.filter((name) => !chains.some((owner) => isCalled(owner, name)));
  if (unknown.length > 0)
    throw new UsageError(
      `${option}: expected the slug or the id of a tenant whose chain is looked at, or ${PLATFORM}, got ${unknown.map((name) => showValue(name)).join(', ')}`,
    );
}

function readExpected(text: string): KeptHead[] {
  try {
    return parseHeads(text);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`--expect: ${error.message}`, { cause: error }) : error;
  }
}

type Chain = ChainOwner & { readonly head: ChainHead };

function describeChain({ id, name, head }: Chain) {
  return { tenant: id === null ? null : name, tenantId: id, ...head };
}

function describeDocument({ ok, chains, findings }: AuditVerification) {
  return { ok, chains: chains.map(describeChain), findings };
}

function describeHeads(chains: readonly Chain[]): string {
  return chains.map(({ name, head }) => `${name} ${formatHead(head)}`).join('\n');
}

function describeVerification({ chains, findings }: AuditVerification): string {
  const verdict = findings.length === 0 ? 'No findings.' : `${plural(findings.length, 'finding')}.`;
  return joinParts([describeHeads(chains), findings.map(describeFinding).join('\n'), verdict]);
}

function describeFinding({ code, tenant, sequence, message }: AuditFinding): string {
  return `${code} ${tenant === null ? '' : `${tenant} `}${sequence}: ${message}`;
}
