import { cpus, totalmem } from 'node:os';
import { compareAnswers, type CheckedRequests } from './compare-answers.ts';
import { type Contender, listContenders } from './contenders.ts';
import { countStatements, type StatementCount } from './count-statements.ts';
import { listOperations, type Operation } from './operations.ts';
import { readMemory } from './process-cost.ts';
import type { OperationResult, Results, ServerResult } from './results.ts';
import { describeRivals, installRivals } from './rivals.ts';
import { DATABASE, type Setup, withSetup } from './set-up.ts';
import { type RunningServer, startServer } from './start-server.ts';
import { takeSlices } from './take-slices.ts';

export interface MeasureOptions {
  readonly rounds: number;
  /** Of a slice. */
  readonly seconds: number;
  readonly leads: number;
  /** Whom to measure beside ours and the floor; everybody unless told. */
  readonly servers: readonly string[] | undefined;
  /** What to ask for; everything unless told. */
  readonly operations: readonly string[] | undefined;
  readonly say: (line: string) => void;
}

/** With these, all that is told of the others can be told. */
const ALWAYS = ['ours', 'floor-json'];

/** Starts everybody on one database and has them take turns. @throws where one answers what the others do not */
export async function measureReadPath(options: MeasureOptions): Promise<Results> {
  const { rounds, seconds, leads, say } = options;
  say(`building the dataset of ${leads} leads`);
  return withSetup(leads, async (setup) => {
    const contenders = choose(await listContenders(setup.databaseUrl, setup.subject), options.servers && [...ALWAYS, ...options.servers]);
    if (contenders.some(({ isRival }) => isRival)) installRivals(say);
    const servers = new Map<Contender, RunningServer>();
    try {
      const serverResults: ServerResult[] = [];
      for (const contender of contenders) {
        say(`starting ${contender.name}`);
        const server = await startServer(contender.command);
        servers.set(contender, server);
        serverResults.push({ name: contender.name, title: contender.title, memoryAtRest: await readMemory(server.pid) });
      }
      const operations = new Map<Operation, CheckedRequests>();
      for (const operation of choose(listOperations(setup.subject), options.operations))
        operations.set(operation, await compareAnswers(operation, servers));
      say('counting statements');
      const operationResults: OperationResult[] = [];
      for (const [operation, requests] of operations) operationResults.push(await describeOperation(setup, operation, requests));
      const { postmaster } = setup;
      return {
        rounds,
        seconds,
        leads,
        machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
        versions: `Node ${process.version}, embedded PostgreSQL ${setup.postgresVersion}, ${describeRivals()}`,
        day: new Date().toISOString().slice(0, 10),
        operations: operationResults,
        servers: serverResults,
        slices: await takeSlices({ rounds, milliseconds: seconds * 1_000, postmaster, servers, operations, say }),
      };
    } finally {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    }
  });
}

async function describeOperation({ bench }: Setup, { name, title }: Operation, requests: CheckedRequests): Promise<OperationResult> {
  const statements = new Map<string, StatementCount>();
  for (const [contender, request] of requests) statements.set(contender.name, await countStatements(bench, DATABASE, contender, request));
  return { name, title, digest: [...requests.values()][0]!.digest, statements };
}

/** Those of these names, in their order. @throws on a name that none has */
function choose<Named extends { readonly name: string }>(all: readonly Named[], names: readonly string[] | undefined): readonly Named[] {
  for (const name of names ?? [])
    if (!all.some((each) => each.name === name)) throw new Error(`expected one of ${all.map((each) => each.name).join(', ')}, got ${name}`);
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}
