import { readFile } from 'node:fs/promises';
import { Argument, type Command, Option } from 'commander';
import { deriveRewriteRules } from '../../choice/derive/rewrite-rules.ts';
import { UsageError } from '../../errors.ts';
import type { CallSite } from '../../evolution/codemod/call-sites/call-site.ts';
import { findCallSites } from '../../evolution/codemod/call-sites/find-call-sites.ts';
import { createRewriteContext } from '../../evolution/codemod/create-rewrite-context.ts';
import { findFiles } from '../../evolution/codemod/files/find-files.ts';
import { readSource } from '../../evolution/codemod/files/read-source.ts';
import { writeSource } from '../../evolution/codemod/files/write-source.ts';
import { listOpenInputs } from '../../evolution/codemod/list-open-inputs.ts';
import { positionAt } from '../../evolution/codemod/position.ts';
import type { OperationProof } from '../../evolution/codemod/prove/proof.ts';
import { proveOperations, type VariableSets } from '../../evolution/codemod/prove/prove-operations.ts';
import { sendOverHttp } from '../../evolution/codemod/prove/send-over-http.ts';
import { rewriteProject } from '../../evolution/codemod/rewrite-project.ts';
import type { RewriteContext, RewrittenFile, RewrittenProject, SourceFile } from '../../evolution/codemod/rewrite-result.ts';
import { loadSchema } from '../../evolution/source/load-schema.ts';
import type { CommandContext, RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { collectDistinct, jsonOption } from '../options.ts';
import type { Outcome } from '../outcome.ts';
import { collectHeader } from '../parse-header.ts';
import { parseTimeSpan } from '../parse-time-span.ts';
import { describeCallSites, describeNotes, describeOpenInputs, describeProblem, type FileProblem } from '../text/codemod-text.ts';
import { escapeHidden } from '../text/escape-hidden.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';
import { describeProofs } from '../text/proof-text.ts';
import { unifiedDiff } from '../text/unified-diff.ts';

interface CodemodFlags {
  readonly write?: boolean;
  readonly prove?: string;
  readonly variables?: string;
  readonly token?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly schema: string;
  /** Seconds. */
  readonly timeLimit: number;
}

const HELP = `
A glob looks into .graphql, .gql, TypeScript and JavaScript files and the scripts of .vue and .svelte files, not into node_modules,
dist and .git; a folder stands for all in it.
Quote globs, or your shell expands them. What cannot be rewritten safely stays as it is and is listed with the reason. Places in
the program that read or build what has another shape are listed, and never changed.

--prove wants the URL of an endpoint that has both, the deprecated members and what replaces them: /graphql. Only queries are
sent, each as it was and as it is. With a difference nothing is written.

Exits with 1 if a problem is left or a proof finds a difference, with 2 if no file is found.

Examples:
  $ choices codemod 'src/**/*.{graphql,ts,tsx}'
  $ choices codemod src --prove http://127.0.0.1:4000/graphql --token "$(choices token --tenant acme --role reader)" --write`;

/** `choices codemod`: a client's documents go from deprecated members to what replaces them. */
export function addCodemodCommand(program: Command, run: RunCommand): void {
  program
    .command('codemod')
    .description("Rewrite a client's GraphQL documents to do without deprecated members. Shows what it would change, until told to write.")
    .addArgument(new Argument('<glob...>', 'which files').argParser(collectDistinct))
    .option('--write', 'write the files')
    .addOption(new Option('--prove <url>', 'execute each query as it was and as it is, and compare the answers'))
    .addOption(new Option('--variables <file>', 'for --prove, JSON: an object of variables, or a list of them, by operation name'))
    .addOption(new Option('--token <token>', 'for --prove: whose data is compared, as a bearer token'))
    .addOption(new Option('--header <name: value>', 'for --prove, sent with every operation; repeatable').argParser(collectHeader))
    .addOption(new Option('--schema <schema>', 'the version that has both, see choices schema: a file, a URL, …').default('current'))
    .addOption(new Option('--time-limit <span>', 'for each answer of a server').default(30, '30s').argParser(parseTimeSpan))
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((patterns: string[], flags: CodemodFlags) => run((context) => rewriteFiles(context, patterns, flags)));
}

async function rewriteFiles(context: CommandContext, patterns: readonly string[], flags: CodemodFlags): Promise<Outcome> {
  const { url, variables } = await readProveFlags(flags);
  const { files, problems } = await readFiles(context, patterns);
  const rewriteContext = await loadContext(context, flags);
  const project = await rewriteProject(files, rewriteContext);
  problems.push(...project.files.flatMap((file) => file.problems));
  const { sites, problems: unread } = await findCallSites(files, project, rewriteContext.rules);
  problems.push(...unread);
  const proofs = url && (await prove(context, url, flags, project, rewriteContext, variables));
  const refuted = proofs?.some(({ state }) => state === 'different' || state === 'failed') ?? false;

  const written = flags.write === true && !refuted ? await writeFiles(files, project, problems) : new Set<string>();
  const result = { files, project, problems, sites: moveSites(sites, files, project, written), proofs, written };
  const ok = problems.length === 0 && !refuted;
  return {
    exitCode: ok ? ExitCode.done : ExitCode.failed,
    answer: { document: createDocument(result, ok), text: describe(result, flags, refuted) },
  };
}

interface Result {
  readonly files: readonly SourceFile[];
  readonly project: RewrittenProject;
  readonly problems: readonly FileProblem[];
  readonly sites: readonly CallSite[];
  readonly proofs: readonly OperationProof[] | undefined;
  /** Paths. */
  readonly written: ReadonlySet<string>;
}

async function readProveFlags({
  prove: reference,
  variables: file,
  token,
  header,
}: CodemodFlags): Promise<{ url?: URL; variables: VariableSets }> {
  if (reference === undefined) {
    const alone = Object.entries({ variables: file, token, header }).find(([, value]) => value !== undefined);
    if (alone) throw new UsageError(`--${alone[0]}: expected --prove URL with it`);
    return { variables: new Map() };
  }
  const url = URL.canParse(reference) ? new URL(reference) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new UsageError('--prove: expected the http or https URL of a GraphQL endpoint, without a user and a password');
  return { url, variables: file === undefined ? new Map() : await readVariables(file) };
}

async function readVariables(file: string): Promise<VariableSets> {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--variables: ${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
  const sets = Object.entries(Object(parsed) as Record<string, unknown>).map(
    ([name, value]) => [name, Array.isArray(value) ? value : [value]] as const,
  );
  const wrong = sets.find(([, values]) => values.length === 0 || !values.every(isObject));
  if (!isObject(parsed) || wrong)
    throw new UsageError(
      `--variables: expected { "OPERATION": { …variables } or a list of such }, got another ${wrong ? `value of ${wrong[0]}` : 'document'}`,
    );
  return new Map(sets as [string, Record<string, unknown>[]][]);
}

async function readFiles({ say }: CommandContext, patterns: readonly string[]): Promise<{ files: SourceFile[]; problems: FileProblem[] }> {
  const { paths, outside, unmatched } = await findFiles(patterns, process.cwd());
  if (paths.length + outside.length === 0)
    throw new UsageError(`expected files that can hold GraphQL documents, but there is none in ${patterns.join(', ')}`);
  for (const pattern of unmatched) say(`no file: ${escapeHidden(pattern)}`);
  const problems: FileProblem[] = outside.map((path) => ({ path, reason: 'is a link to another folder: not followed' }));
  const files: SourceFile[] = [];
  for (const path of paths) {
    const source = await readSource(path);
    if ('text' in source) files.push({ path, text: source.text });
    else problems.push({ path, reason: source.reason });
  }
  return { files, problems };
}

async function loadContext({ dependencies, registry, signal }: CommandContext, flags: CodemodFlags): Promise<RewriteContext> {
  const { createSchemas } = dependencies;
  const { schema } = await loadSchema(flags.schema, { createSchemas, timeLimit: flags.timeLimit * 1000, signal });
  return createRewriteContext(schema, deriveRewriteRules(registry.fields), `--schema ${flags.schema}`);
}

async function prove(
  { say, signal }: CommandContext,
  url: URL,
  { token, header, timeLimit }: CodemodFlags,
  project: RewrittenProject,
  context: RewriteContext,
  variables: VariableSets,
): Promise<readonly OperationProof[]> {
  for (const name of variables.keys())
    if (!project.operations.some((operation) => operation.name === name))
      say(`--variables: no rewritten operation is named ${escapeHidden(name)}`);
  const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...header };
  return proveOperations(project.operations, context, variables, sendOverHttp(url, { headers, timeLimit: timeLimit * 1000, signal }));
}

/** Each file for itself: one that cannot be written is a problem, and keeps no other from it. */
async function writeFiles(files: readonly SourceFile[], project: RewrittenProject, problems: FileProblem[]): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  for (const [index, { path, text: before }] of files.entries()) {
    const after = project.files[index]!.text;
    if (after === before) continue;
    const reason = await writeSource(path, { before, after });
    if (reason === undefined) written.add(path);
    else problems.push({ path, reason });
  }
  return written;
}

/** In a file that was written, to where they stand now. */
function moveSites(
  sites: readonly CallSite[],
  files: readonly SourceFile[],
  project: RewrittenProject,
  written: ReadonlySet<string>,
): CallSite[] {
  return sites.map((site) => {
    if (!written.has(site.path)) return site;
    const file = project.files[files.findIndex(({ path }) => path === site.path)]!;
    const shift = splicesOf(file).reduce((sum, { start, end, text }) => (end <= site.offset ? sum + text.length - (end - start) : sum), 0);
    return { ...site, offset: site.offset + shift, ...positionAt(file.text, site.offset + shift) };
  });
}

function splicesOf({ edits }: RewrittenFile) {
  return edits.flatMap(({ splices }) => splices).sort((left, right) => left.start - right.start || left.end - right.end);
}

function createDocument({ project, problems, sites, proofs, written }: Result, ok: boolean): unknown {
  return {
    ok,
    files: project.files
      .filter(({ edits }) => edits.length > 0)
      .map(({ path, edits }) => ({
        path,
        written: written.has(path),
        edits: edits.map(({ splices: _, ...edit }) => edit),
      })),
    problems,
    inputs: listOpenInputs(project.files),
    callSites: sites.map(({ offset: _, ...site }) => site),
    ...(proofs ? { proof: proofs } : {}),
  };
}

function describe({ files, project, problems, sites, proofs, written }: Result, { write }: CodemodFlags, refuted: boolean): string {
  const changed = [...project.files.entries()].filter(([, { edits }]) => edits.length > 0);
  const diffs = changed
    .filter(([, { path }]) => !written.has(path))
    .map(([index, file]) => unifiedDiff(file.path, files[index]!.text, file.text, splicesOf(file)));
  const lines = changed
    .filter(([, { path }]) => written.has(path))
    .map(([, { path, edits }]) => `${path}: ${plural(edits.length, 'place')} rewritten`);
  const places = changed.reduce((sum, [, { edits }]) => sum + edits.length, 0);
  const summary =
    places === 0
      ? 'Nothing to rewrite.'
      : refuted && write === true
        ? 'Nothing is written: the answers are not the same.'
        : write === true
          ? ''
          : `${plural(places, 'place')} in ${plural(changed.length, 'file')} to rewrite. Nothing is written without --write.`;
  return joinParts([
    diffs.join('\n'),
    lines.join('\n'),
    describeNotes(project.files),
    describeOpenInputs(listOpenInputs(project.files)),
    describeCallSites(sites),
    proofs ? describeProofs(proofs) : '',
    problems.map(describeProblem).join('\n'),
    problems.length > 0 ? `${plural(problems.length, 'problem')} left.` : '',
    summary,
  ]);
}
