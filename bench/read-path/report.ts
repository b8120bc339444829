import { formatMarkdownTable } from '../harness/statistics.ts';
import { CONNECTIONS } from './operations.ts';
import { figureOf, type OperationResult, ratioOf, type Results } from './results.ts';
import type { CheckedTarget } from './targets.ts';

/** The results for people, in Markdown. */
export function formatReport(results: Results, targets: readonly CheckedTarget[]): string {
  const { rounds, seconds, leads, machine, versions, day } = results;
  const busiest = Math.max(...results.slices.map(({ senderShare }) => senderShare));
  return `# The read path, measured

${day}. ${machine}; ${versions}.
\`npm run -s bench:read-path -- ${rounds} ${seconds} ${leads}\` takes these figures again; all of them, by round, are in [read-path.json](read-path.json).

![Requests a second of each server, by operation](read-path.svg)

One PostgreSQL on the same machine, ${leads.toLocaleString('en')} leads of 20 tenants, every choice field at phase \`migrated\`. Each server is a process of its own with at most
${CONNECTIONS} connections to the database. ${CONNECTIONS} connections send one request after the other to one server at a time; the servers take turns of ${seconds} s, in every one of
${rounds} rounds beginning with another one, after a round that only gets them warm. Ratios are taken within a round; given are the medians of the rounds. Everybody
answers an operation with the same leads, compared by digest before anything is measured. Who sends the requests took at most ${(busiest * 100).toFixed(0)} % of a core.

Ours is what \`npm start\` starts, with tokens, row-level security, limits, usage recording and metrics. No other server has any of that, save that the second floor
works in our transaction, as our role, for a tenant. CPU is that of the server's process and of all of PostgreSQL's, by request. Statements are those that read or write rows
and, after the plus, those that begin, set and end a transaction – ours also tells by then whether any choice has changed –, as \`pg_stat_statements\` counts them. Memory is what the process has resident at the end of its turns.

## What it must reach

${formatMarkdownTable(
  ['what', 'wanted', 'got', ''],
  targets.map(({ what, wanted, got, met }) => [what, wanted, got, met ? 'reached' : '**missed**']),
)}

${results.operations.map((operation) => formatOperation(results, operation)).join('\n\n')}

## Memory at rest

${formatMarkdownTable(
  ['server', 'MiB when it is ready'],
  results.servers.map(({ title, memoryAtRest }) => [title, memoryAtRest.toFixed(0)]),
)}
`;
}

function formatOperation(results: Results, operation: OperationResult): string {
  const rows = results.servers.flatMap(({ name, title }) => {
    const counts = operation.statements.get(name);
    if (counts === undefined) return [];
    const figure = (pick: Parameters<typeof figureOf>[3], digits = 0) =>
      figureOf(results, operation.name, name, pick).median.toFixed(digits);
    return [
      [
        title,
        figure((slice) => slice.requestsPerSecond),
        ratioOf(results, operation.name, name, 'floor-json').median.toFixed(2),
        ratioOf(results, operation.name, 'ours', name).median.toFixed(2),
        figure((slice) => slice.p50Milliseconds, 1),
        figure((slice) => slice.p99Milliseconds, 1),
        figure((slice) => slice.serverCpu),
        figure((slice) => slice.databaseCpu),
        counts.settings === 0 ? counts.statements : `${counts.statements} + ${counts.settings}`,
        figure((slice) => slice.memoryMebibytes),
      ],
    ];
  });
  const header = [
    'server',
    'requests/s',
    '× floor',
    'ours ×',
    'p50 ms',
    'p99 ms',
    'CPU µs, server',
    'CPU µs, database',
    'statements',
    'memory, MiB',
  ];
  return `## ${operation.title}

${formatMarkdownTable(header, rows)}

The leads of every answer: sha256 \`${operation.digest.slice(0, 16)}…\``;
}
