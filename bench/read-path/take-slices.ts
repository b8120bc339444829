import { quantile } from '../harness/statistics.ts';
import type { CheckedRequests } from './compare-answers.ts';
import type { Contender } from './contenders.ts';
import { CONNECTIONS, type Operation } from './operations.ts';
import { readMemory, readProcessCpu, readServerCpu } from './process-cost.ts';
import { sendRequests } from './send-requests.ts';
import type { RunningServer } from './start-server.ts';

/** What a server did in its turn. */
export interface Slice {
  readonly round: number;
  readonly operation: string;
  readonly server: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** Microseconds of CPU a request. */
  readonly serverCpu: number;
  readonly databaseCpu: number;
  /** How much of a core whoever sends the requests took: 1 and it is what is measured. */
  readonly senderShare: number;
  readonly memoryMebibytes: number;
}

export interface SliceOptions {
  readonly rounds: number;
  readonly milliseconds: number;
  readonly postmaster: number;
  readonly servers: ReadonlyMap<Contender, RunningServer>;
  readonly operations: ReadonlyMap<Operation, CheckedRequests>;
  readonly say: (line: string) => void;
}

/** Before each slice, so that connections are open and their statements prepared. */
const LEAD_IN = 0.2;

/** Everybody takes turns at each operation, in every round beginning with another one. A first round is only to get warm. */
export async function takeSlices({ rounds, operations, say, ...options }: SliceOptions): Promise<readonly Slice[]> {
  const slices: Slice[] = [];
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'getting warm' : `round ${round} of ${rounds}`);
    for (const [operation, requests] of operations) {
      const turns = [...requests.keys()];
      for (let turn = 0; turn < turns.length; turn++) {
        const slice = await takeSlice(operation, requests, turns[(round + turn) % turns.length]!, options);
        if (round > 0) slices.push({ round, ...slice });
      }
    }
  }
  return slices;
}

async function takeSlice(
  operation: Operation,
  requests: CheckedRequests,
  contender: Contender,
  { milliseconds, postmaster, servers }: Pick<SliceOptions, 'milliseconds' | 'postmaster' | 'servers'>,
): Promise<Omit<Slice, 'round'>> {
  const { pid } = servers.get(contender)!;
  const load = { ...requests.get(contender)!, token: contender.token, connections: CONNECTIONS };
  const readCosts = async () => {
    const sender = process.cpuUsage();
    const [server, database] = [await readProcessCpu(pid), await readServerCpu(postmaster)];
    return { server, database, sender: sender.user + sender.system };
  };
  const {
    requests: answered,
    seconds,
    latencies,
    costs,
  } = await sendRequests(load, { warmUp: milliseconds * LEAD_IN, duration: milliseconds }, readCosts).catch((error: unknown) => {
    throw new Error(`${contender.name}, ${operation.name}: ${String(error)}`, { cause: error });
  });
  const [before, after] = costs;
  return {
    operation: operation.name,
    server: contender.name,
    requests: answered,
    requestsPerSecond: answered / seconds,
    p50Milliseconds: quantile(latencies, 0.5),
    p99Milliseconds: quantile(latencies, 0.99),
    serverCpu: (after.server - before.server) / answered,
    databaseCpu: (after.database - before.database) / answered,
    senderShare: (after.sender - before.sender) / 1e6 / seconds,
    memoryMebibytes: await readMemory(pid),
  };
}
