import { mkdir, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { drawChart } from './chart.ts';
import { formatReport } from './report.ts';
import type { Results } from './results.ts';
import type { Slice } from './take-slices.ts';
import type { CheckedTarget } from './targets.ts';

const FOLDER = 'bench/results';

/** Writes what was found, for people and for programs. Returns the text. */
export async function writeResults(results: Results, targets: readonly CheckedTarget[]): Promise<string> {
  const text = formatReport(results, targets);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${FOLDER}/read-path.md`, text);
  await writeFile(`${FOLDER}/read-path.svg`, drawChart(results));
  await writeFile(
    `${FOLDER}/read-path.json`,
    await format(JSON.stringify({ ...describeRaw(results), targets }), { parser: 'json', printWidth: 140 }),
  );
  return text;
}

/** Every figure by operation, server and round. */
function describeRaw({ operations, slices, ...rest }: Results): object {
  return {
    ...rest,
    operations: operations.map(({ statements, ...operation }) => ({
      ...operation,
      servers: [...statements].map(([server, count]) => {
        const own = slices.filter((slice) => slice.operation === operation.name && slice.server === server);
        const figures = (pick: (slice: Slice) => number) => own.map((slice) => Number(pick(slice).toPrecision(4)));
        return {
          server,
          ...count,
          requests: own.map(({ requests }) => requests),
          requestsPerSecond: figures((slice) => slice.requestsPerSecond),
          p50Milliseconds: figures((slice) => slice.p50Milliseconds),
          p99Milliseconds: figures((slice) => slice.p99Milliseconds),
          serverCpuMicroseconds: figures((slice) => slice.serverCpu),
          databaseCpuMicroseconds: figures((slice) => slice.databaseCpu),
          senderShare: figures((slice) => slice.senderShare),
          memoryMebibytes: figures((slice) => slice.memoryMebibytes),
        };
      }),
    })),
  };
}
