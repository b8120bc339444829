import { formatMarkdownTable } from '../harness/statistics.ts';
import { findFaults } from './find-faults.ts';
import type { GrowthResults } from './measure.ts';

/** What was found, for people. */
export function formatReport(results: GrowthResults): string {
  const { sizes, machine, curves, plans } = results;
  const faults = findFaults(results);
  return `# What a page costs as things grow

${new Date().toISOString().slice(0, 10)}. ${machine}. \`npm run -s bench:growth -- ${sizes.leads.at(-1)} ${sizes.tenants}\` takes these figures again.

![CPU of a request by what grows](growth.svg)

Our server as \`npm start\` starts it, everything on, asked for \`leads(first: 50)\` by 10 connections, one industry as string and ref where nothing else is said.
Small tenants have 10 leads each; before anything is measured, each was asked for once. CPU in microseconds a request. Statements are those that read rows and, after the plus, those that begin and end a
transaction.

${curves
  .map(
    ({ title, points }) => `## By ${title}

${formatMarkdownTable(
  [title, 'CPU, server', 'CPU, database', 'p50 ms', 'statements', 'memory, MiB'],
  points.map((point) => [
    point.label,
    point.serverCpu.toFixed(0),
    point.databaseCpu.toFixed(0),
    point.p50Milliseconds.toFixed(1),
    `${point.statements.statements} + ${point.statements.settings}`,
    point.memory.toFixed(0),
  ]),
)}
`,
  )
  .join('\n')}
## How PostgreSQL carries out pages of ${sizes.leads.at(-1)!.toLocaleString('en')} leads

As the restricted role, under row-level security. One lead in 1,000 has the rare choice.

${formatMarkdownTable(
  ['page of 50', 'leads read', 'plan, from its outermost node'],
  plans.map(({ title, nodes, rowsRead }) => [title, rowsRead.toLocaleString('en'), nodes.join(' ← ')]),
)}

${faults.length === 0 ? 'Every curve is flat, and no plan scans.' : `Not as wanted:\n\n${faults.map((fault) => `- ${fault}`).join('\n')}`}
`;
}
